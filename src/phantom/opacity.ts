import { type Anatomy, domeAt } from './anatomy.js';
import { combine, emptyField, type Field, fieldOf, grainOf, ramp } from './field.js';
import { type Random, randomFor } from './random.js';
import { type PathPoint, roundSection, strokeTube } from './stroke.js';

/** Where the consolidation lies, on the patient's side. */
export const opacityPlaces = [
  'right-upper',
  'right-middle',
  'right-lower',
  'left-upper',
  'left-middle',
  'left-lower',
] as const;
export type OpacityPlace = (typeof opacityPlaces)[number];

const infiltrateDensity = 0.48;

/** Centimetres on the film plane. */
export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Consolidation {
  /** Share of the lung's air that is replaced by fluid, 0..1, over the film plane. */
  readonly filling: Field;
  /** Where the filling is more than a third of its densest. */
  readonly extent: Extent;
}

/**
 * A segmental to lobar consolidation, soft-edged and patchy, with open bronchi; and, as in most pneumonias, faint
 * scattered infiltrates in the rest of both lungs. The extent is that of the consolidation alone.
 */
export function consolidation(anatomy: Anatomy, place: OpacityPlace, lung: Field): Consolidation {
  const random = randomFor(anatomy.seed, `opacity ${place}`);
  const centre = centreOf(anatomy, place, random);
  const focus = focusAt(anatomy, lung, centre, random);
  drawBronchogram(focus, centre, random);
  const extent = extentOf(focus, lung);
  const infiltrates = scattered(anatomy, lung, centre);
  return { filling: combine(focus, infiltrates, (own, faint) => Math.max(own, faint)), extent };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function focusAt(anatomy: Anatomy, lung: Field, centre: Point, random: Random): Field {
  const reach = { x: random.between(4.6, 6.4), y: random.between(5, 7) };
  const tilt = random.between(-0.6, 0.6);
  const density = random.between(0.5, 0.62);
  const wavy = grainOf(anatomy.seed, 'opacity outline', 1.9);
  const fine = grainOf(anatomy.seed, 'opacity edge', 0.7);
  const patches = grainOf(anatomy.seed, 'opacity patches', 0.9);
  const acini = grainOf(anatomy.seed, 'opacity acini', 0.35);
  const [c, s] = [Math.cos(tilt), Math.sin(tilt)];
  return fieldOf(lung.grid, (y) => (x, at) => {
    if (lung.data[at] === 0 || x * centre.x < 0) return 0;
    const u = ((x - centre.x) * c + (y - centre.y) * s) / reach.x;
    const v = ((y - centre.y) * c - (x - centre.x) * s) / reach.y;
    const distance = Math.sqrt(u * u + v * v);
    if (distance > 2.4) return 0;
    const texture = 1 + 0.07 * patches(x, y) + 0.035 * acini(x, y);
    const edge = distance + 0.16 * wavy(x, y) + 0.06 * fine(x, y);
    return density * ramp(edge, 1.5, 0.25) * texture;
  });
}

/** Ill-defined patches of a few centimetres, denser near the focus, always much fainter than it. */
function scattered(anatomy: Anatomy, lung: Field, centre: Point): Field {
  const clouds = grainOf(anatomy.seed, 'infiltrates', 2.2);
  const patches = grainOf(anatomy.seed, 'infiltrate edges', 0.9);
  return fieldOf(lung.grid, (y) => (x, at) => {
    if (lung.data[at] === 0) return 0;
    const cloud = clouds(x, y) + 0.35 * patches(x, y) - 0.1;
    const squared = (x - centre.x) ** 2 + (y - centre.y) ** 2;
    const near = 0.22 + 0.78 * Math.exp(-squared / 120);
    return infiltrateDensity * near * ramp(cloud, -0.4, 1.5);
  });
}

function centreOf(anatomy: Anatomy, place: OpacityPlace, random: Random): Point {
  const right = place.startsWith('right');
  const offset = random.between(6.4, 8.2) + (right ? 0 : 0.8);
  const x = (right ? -1 : 1) * (place.endsWith('upper') ? offset - 0.7 : offset);
  const dome = domeAt(anatomy, x);
  const height = dome - anatomy.cageTop;
  const level = place.endsWith('upper') ? 0.45 : place.endsWith('middle') ? 0.58 : 0.82;
  return { x, y: anatomy.cageTop + height * level + random.between(-0.7, 0.7) };
}

/** Thin branching lines of air that stay open inside the filled lung, running away from the hilum. */
function drawBronchogram(filling: Field, centre: Point, random: Random): void {
  const air = emptyField(filling.grid);
  const away = Math.atan2(centre.y - 16.5, centre.x);
  for (let branch = 0; branch < 4; branch++) {
    let angle = away + random.between(-0.5, 0.5);
    let [x, y] = [
      centre.x - 2.2 * Math.cos(away) + random.normal() * 0.5,
      centre.y - 2.2 * Math.sin(away) + random.normal() * 0.5,
    ];
    const path: PathPoint[] = [];
    for (let step = 0; step < 9; step++) {
      path.push({ x, y, radius: 0.2 - 0.015 * step });
      angle += random.normal() * 0.14;
      x += 0.42 * Math.cos(angle);
      y += 0.42 * Math.sin(angle);
    }
    strokeTube(air, path, roundSection);
  }
  filling.data.forEach((share, at) => {
    filling.data[at] = Math.max(0, share * (1 - Math.min(0.5, (air.data[at] ?? 0) * 0.6)));
  });
}

function extentOf(filling: Field, lung: Field): Extent {
  const { grid } = filling;
  const filled = filling.data.map((share, at) => share * (lung.data[at] ?? 0));
  const enough = filled.reduce((most, value) => Math.max(most, value), 0) / 3;
  let [left, top, right, bottom] = [grid.width, grid.height, -1, -1];
  filled.forEach((value, at) => {
    if (value <= enough) return;
    const [row, column] = [Math.floor(at / grid.width), at % grid.width];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  });
  return {
    left: grid.left + left * grid.pitch,
    top: grid.top + top * grid.pitch,
    right: grid.left + (right + 1) * grid.pitch,
    bottom: grid.top + (bottom + 1) * grid.pitch,
  };
}
