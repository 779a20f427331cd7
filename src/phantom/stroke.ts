import type { Field } from './field.js';

/** A point of a tube's axis on the film plane. */
export interface PathPoint {
  readonly x: number;
  readonly y: number;
  /** Half width in cm. */
  readonly radius: number;
  /** Path lengthening where the tube runs obliquely to the beam; 1 = across it. */
  readonly oblique?: number;
}

/** Path length in cm at `u` half widths beside the axis: -1 on its left, 1 on its right. */
export type Section = (u: number, radius: number) => number;

export const roundSection: Section = (u, radius) => 2 * radius * Math.sqrt(Math.max(0, 1 - u * u));

/**
 * Adds one tube, times `weight`. Its own segments do not add up where they overlap; different tubes do,
 * as in the body.
 */
export function strokeTube(
  field: Field,
  path: readonly PathPoint[],
  section: Section,
  weight = 1,
  ends: Ends = 'round',
): void {
  const { grid } = field;
  const box = boxOf(field, path);
  if (box.width <= 0 || box.height <= 0) return;
  const scratch = {
    value: new Float32Array(box.width * box.height),
    nearest: new Float32Array(box.width * box.height).fill(1),
  };
  path.forEach((from, index) => {
    const to = path[index + 1];
    if (!to) return;
    const open = ends === 'flat' ? { from: index > 0, to: index < path.length - 2 } : joined;
    strokeSegment(scratch, box, field, { from, to, open }, section);
  });
  for (let row = 0; row < box.height; row++) {
    const start = (box.row + row) * grid.width + box.column;
    for (let column = 0; column < box.width; column++) {
      const value = scratch.value[row * box.width + column] ?? 0;
      if (value !== 0)
        field.data[start + column] = (field.data[start + column] ?? 0) + weight * value;
    }
  }
}

interface Box {
  readonly column: number;
  readonly row: number;
  readonly width: number;
  readonly height: number;
}

function boxOf({ grid }: Field, path: readonly PathPoint[]): Box {
  const reach = Math.max(...path.map((point) => point.radius)) + grid.pitch;
  const xs = path.map((point) => point.x);
  const ys = path.map((point) => point.y);
  const column = clampIndex((Math.min(...xs) - reach - grid.left) / grid.pitch, grid.width);
  const row = clampIndex((Math.min(...ys) - reach - grid.top) / grid.pitch, grid.height);
  const right = clampIndex((Math.max(...xs) + reach - grid.left) / grid.pitch + 1, grid.width);
  const bottom = clampIndex((Math.max(...ys) + reach - grid.top) / grid.pitch + 1, grid.height);
  return { column, row, width: right - column, height: bottom - row };
}

function clampIndex(value: number, limit: number): number {
  return Math.min(Math.max(Math.floor(value), 0), limit);
}

/** Rounded caps, or cut square where another tube goes on. */
export type Ends = 'round' | 'flat';

interface Segment {
  readonly from: PathPoint;
  readonly to: PathPoint;
  /** Whether it reaches round its end points. */
  readonly open: { readonly from: boolean; readonly to: boolean };
}

const joined = { from: true, to: true };

interface Scratch {
  readonly value: Float32Array;
  /** Distance to the axis in half widths of the segment that counts here. */
  readonly nearest: Float32Array;
}

/** The segment whose axis is nearest decides; so joints leave no trace. */
function strokeSegment(
  scratch: Scratch,
  box: Box,
  field: Field,
  { from, to, open }: Segment,
  section: Section,
): void {
  const { grid } = field;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy || 1e-9;
  const own = boxOf(field, [from, to]);
  for (let row = own.row; row < own.row + own.height; row++) {
    const py = grid.top + (row + 0.5) * grid.pitch - from.y;
    for (let column = own.column; column < own.column + own.width; column++) {
      const px = grid.left + (column + 0.5) * grid.pitch - from.x;
      const reached = (px * dx + py * dy) / squared;
      if ((reached < 0 && !open.from) || (reached > 1 && !open.to)) continue;
      const along = Math.min(Math.max(reached, 0), 1);
      const radius = from.radius + (to.radius - from.radius) * along;
      const ax = px - along * dx;
      const ay = py - along * dy;
      const u = Math.sqrt(ax * ax + ay * ay) / radius;
      const at = (row - box.row) * box.width + column - box.column;
      if (u >= (scratch.nearest[at] ?? 0)) continue;
      const side = dx * py - dy * px < 0 ? -1 : 1;
      const oblique = (from.oblique ?? 1) * (1 - along) + (to.oblique ?? 1) * along;
      scratch.nearest[at] = u;
      scratch.value[at] = section(side * u, radius) * oblique;
    }
  }
}

/** A smooth path through control points [x, y, radius] (Catmull-Rom). */
export function curve(
  controls: readonly (readonly [number, number, number])[],
  steps = 12,
): PathPoint[] {
  const at = (index: number): readonly [number, number, number] =>
    controls[Math.min(Math.max(index, 0), controls.length - 1)] ?? [0, 0, 0];
  const points: PathPoint[] = [];
  for (let index = 0; index < controls.length - 1; index++) {
    for (let step = 0; step < steps; step++) {
      const t = step / steps;
      const value = (axis: 0 | 1 | 2): number =>
        catmullRom(
          at(index - 1)[axis],
          at(index)[axis],
          at(index + 1)[axis],
          at(index + 2)[axis],
          t,
        );
      points.push({ x: value(0), y: value(1), radius: Math.max(0.01, value(2)) });
    }
  }
  const [x, y, radius] = at(controls.length - 1);
  return [...points, { x, y, radius }];
}

function catmullRom(a: number, b: number, c: number, d: number, t: number): number {
  const linear = c - a;
  const square = 2 * a - 5 * b + 4 * c - d;
  const cubic = 3 * b - 3 * c + d - a;
  return b + 0.5 * t * (linear + t * (square + t * cubic));
}
