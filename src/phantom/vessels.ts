import type { Anatomy } from './anatomy.js';
import type { Field } from './field.js';
import { type Random, randomFor } from './random.js';
import { curve, type PathPoint, roundSection, strokeTube } from './stroke.js';

/** Adds the path length through the pulmonary vessels (blood, in cm) to `blood`. */
export function drawVessels(anatomy: Anatomy, blood: Field): void {
  for (const side of [-1, 1] as const) {
    const random = randomFor(anatomy.seed, `vessels ${side}`);
    const hilum = { x: side * 3.6, y: side < 0 ? 16.9 : 15.9 };
    const trunk = curve([
      [side * 2.6, hilum.y - 1.3, 0.85],
      [hilum.x + side * 0.5, hilum.y - 0.4, 0.8],
      [hilum.x + side * 0.9, hilum.y + 2, 0.7],
      [hilum.x + side * 0.9, hilum.y + 4.6, 0.45],
    ]);
    strokeTube(blood, trunk, roundSection, 0.8);
    const branches = 22;
    for (let branch = 0; branch < branches; branch++) {
      const spread = -1.35 + (2.75 * (branch + random.between(0.2, 0.8))) / branches;
      const start = {
        x: hilum.x + side * random.between(-0.4, 1),
        y: hilum.y + 2.6 * spread + random.between(-0.6, 1.1),
        angle: side < 0 ? Math.PI - spread : spread,
        radius: random.between(0.2, 0.36),
      };
      grow(blood, random, start, 0);
    }
  }
}

interface Sprout {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly radius: number;
}

/** One branch and its daughters; each forks into two thinner ones until they are too fine to see. */
function grow(blood: Field, random: Random, from: Sprout, generation: number): void {
  const length = random.between(2.2, 3.4) * (generation === 0 ? 1.25 : 0.95);
  const bend = random.normal() * 0.4;
  const thinner = from.radius * random.between(0.68, 0.8);
  const steps = 6;
  let { x, y, angle } = from;
  const path: PathPoint[] = [{ x, y, radius: from.radius }];
  for (let step = 1; step <= steps; step++) {
    angle += bend / steps;
    x += (Math.cos(angle) * length) / steps;
    y += (Math.sin(angle) * length) / steps;
    path.push({ x, y, radius: from.radius + ((thinner - from.radius) * step) / steps });
  }
  strokeTube(blood, path, roundSection, 1);
  if (generation >= 5 || thinner < 0.04) return;
  const fork = random.between(0.25, 0.6);
  const share = random.between(0.35, 0.65);
  for (const [turn, part] of [
    [fork * (1 - share), share],
    [-fork * share, 1 - share],
  ] as const) {
    grow(
      blood,
      random,
      { x, y, angle: angle + turn, radius: thinner * Math.cbrt(part) },
      generation + 1,
    );
  }
}

/** Adds the air of trachea and main bronchi (cm) to `air`. */
export function drawAirways(anatomy: Anatomy, air: Field): void {
  const sway = randomFor(anatomy.seed, 'trachea').normal() * 0.15;
  const carina = 14.2;
  const trachea = curve([
    [0, -1, 0.85],
    [sway, 5, 0.85],
    [sway - 0.25, 10, 0.82],
    [-0.3, carina - 0.4, 0.9],
  ]);
  strokeTube(air, trachea, roundSection, 0.8);
  const right = curve([
    [-0.5, carina - 0.6, 0.62],
    [-2, carina + 1.4, 0.6],
    [-3.4, carina + 3.6, 0.45],
    [-4.2, carina + 6, 0.28],
  ]);
  const left = curve([
    [-0.1, carina - 0.5, 0.55],
    [2.2, carina + 1.3, 0.52],
    [4.2, carina + 2.6, 0.4],
    [5, carina + 4.6, 0.25],
  ]);
  strokeTube(air, right, roundSection, 0.6);
  strokeTube(air, left, roundSection, 0.6);
}
