import { contours } from 'd3-contour';
import type { Colouring } from '../ports/colouring.js';
import { splineField } from './spline-row.js';

type Evidence = Extract<Colouring, { kind: 'evidence' }>;

/** Samples of the smooth field a map cell and direction: its lines are then true to half a pixel of a film. */
const samples = 8;

/** A light core between dark edges, so that the line shows on every grey. */
const [coreInk, edgeInk] = [235, 20];

/** Width of the core: a share of the picture's shorter side, 2 pixels on a film of 2500 × 3000. */
const coreShare = 1 / 1200;

interface LineWidths {
  /** Half of the core, pixels. */
  readonly core: number;
  /** From the middle of the line to the end of its dark edge. */
  readonly edge: number;
}

function widthsOf(Rows: number, Columns: number): LineWidths {
  const core = Math.max(1, coreShare * Math.min(Rows, Columns)) / 2;
  return { core, edge: 2 * core };
}

/** How far from the middle of a line a pixel may be changed by it, in pixels. */
export function lineReach(Rows: number, Columns: number): number {
  return widthsOf(Rows, Columns).edge + 0.5;
}

/**
 * Draws lines of equal evidence, without hue, for readers who do not see the palette's. They follow the smooth field
 * that the colour is drawn from. Beyond `lineReach` of a line no pixel is touched.
 * @param levels evidence in (0, 1), one line each
 * @param rgb Rows × Columns × RGB, row-major; changed in place
 */
export function drawContours(
  rgb: Uint8Array,
  Rows: number,
  Columns: number,
  map: Evidence,
  levels: readonly number[],
): void {
  const far = new Uint8Array(Rows * Columns).fill(beyond);
  const distances = { far, Rows, Columns, reach: lineReach(Rows, Columns) };
  for (const line of contourLines(map, Rows, Columns, levels)) {
    line.slice(1).forEach((to, index) => {
      markSegment(distances, line[index]!, to);
    });
  }
  ink(rgb, far, widthsOf(Rows, Columns));
}

type Point = readonly [x: number, y: number];

/** Lines in pixels of the picture; where a region ends at the picture's border, no line is drawn along it. */
export function contourLines(
  map: Evidence,
  Rows: number,
  Columns: number,
  levels: readonly number[],
): readonly (readonly Point[])[] {
  const [rows, columns] = [samples * map.rows, samples * map.columns];
  // In single precision, as the map: an even field must not fall into lines by rounding.
  const field = [...splineField(map.evidence, map.rows, map.columns, rows, columns)];
  const trace = contours().size([columns, rows]);
  const toPixels = ([x = 0, y = 0]: readonly number[]): Point => [
    (x * Columns) / columns,
    (y * Rows) / rows,
  ];
  const onBorder = ([x, y]: Point) => x === 0 || x === Columns || y === 0 || y === Rows;
  return levels
    .flatMap((level) => trace.contour(field, level).coordinates.flat())
    .map((ring) => ring.map(toPixels))
    .flatMap((ring) => withoutBorder(ring, onBorder));
}

/** A closed ring as the lines that are left of it without the stretches between points of the border. */
function withoutBorder(
  ring: readonly Point[],
  onBorder: (point: Point) => boolean,
): readonly (readonly Point[])[] {
  const lines: Point[][] = [[]];
  ring.forEach((point, index) => {
    const before = ring[index - 1];
    if (before && onBorder(before) && onBorder(point)) lines.push([]);
    lines.at(-1)?.push(point);
  });
  const [first, ...others] = lines;
  const last = others.pop();
  // A ring begins anywhere: what is left at its end goes on at its beginning.
  if (first && last) return [...others, [...last, ...first.slice(1)]].filter(isLine);
  return lines.filter(isLine);
}

function isLine(points: readonly Point[]): boolean {
  return points.length > 1;
}

/** Distances are kept in sixteenths of a pixel; this one means none. */
const fraction = 16;
const beyond = 255;

interface Distances {
  /** Rows × Columns: from the pixel's centre to the nearest line. */
  readonly far: Uint8Array;
  readonly Rows: number;
  readonly Columns: number;
  readonly reach: number;
}

/** Takes a segment into account. Joints and crossings are not inked twice, as distances only shrink. */
function markSegment(
  { far, Rows, Columns, reach }: Distances,
  [fromX, fromY]: Point,
  [toX, toY]: Point,
): void {
  const [dx, dy] = [toX - fromX, toY - fromY];
  const squared = dx * dx + dy * dy;
  const lastRow = Math.min(Rows - 1, Math.floor(Math.max(fromY, toY) + reach));
  const lastColumn = Math.min(Columns - 1, Math.floor(Math.max(fromX, toX) + reach));
  const firstColumn = Math.max(0, Math.floor(Math.min(fromX, toX) - reach));
  for (let row = Math.max(0, Math.floor(Math.min(fromY, toY) - reach)); row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const [x, y] = [column + 0.5 - fromX, row + 0.5 - fromY];
      const along = squared === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy) / squared));
      const distance = Math.hypot(x - along * dx, y - along * dy);
      if (distance >= reach) continue;
      const at = row * Columns + column;
      far[at] = Math.min(far[at]!, Math.floor(distance * fraction));
    }
  }
}

/** A pixel takes the share of each ink that covers it. */
function ink(rgb: Uint8Array, far: Uint8Array, { core, edge }: LineWidths): void {
  for (let pixel = 0; pixel < far.length; pixel++) {
    if (far[pixel] === beyond) continue;
    const distance = far[pixel]! / fraction;
    const [edgeCover, coreCover] = [covered(edge - distance), covered(core - distance)];
    for (let at = 3 * pixel; at < 3 * pixel + 3; at++) {
      const edged = rgb[at]! + edgeCover * (edgeInk - rgb[at]!);
      rgb[at] = Math.round(edged + coreCover * (coreInk - edged));
    }
  }
}

function covered(inside: number): number {
  return Math.min(1, Math.max(0, inside + 0.5));
}
