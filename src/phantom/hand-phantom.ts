import type { Phantom } from './chest-phantom.js';
import { detectorSignal, expose } from './exposure.js';
import { combine, emptyField, fieldOf, grainOf, type Grid, ramp } from './field.js';
import { workGrid } from './film.js';
import { randomFor } from './random.js';
import { curve, type PathPoint, type Section, strokeTube } from './stroke.js';

export interface HandOptions {
  readonly seed: number;
  /** Default 1500 x 1800, a film of 18 x 21.6 cm. */
  readonly Columns?: number;
  readonly Rows?: number;
}

/** From the wrist outwards: x, y and half width of each joint, in cm on the film plane; the thumb first. */
const rays = [
  [
    [-0.9, 15.6, 0.62],
    [-3.4, 12.9, 0.55],
    [-5.2, 10.6, 0.5],
    [-6.2, 8.7, 0.32],
  ],
  [
    [-0.8, 14.2, 0.55],
    [-2.2, 9.2, 0.52],
    [-3, 5.3, 0.45],
    [-3.4, 3.2, 0.36],
    [-3.6, 1.8, 0.26],
  ],
  [
    [0, 14, 0.55],
    [-0.1, 8.8, 0.52],
    [-0.2, 4.5, 0.45],
    [-0.2, 2.1, 0.36],
    [-0.2, 0.8, 0.26],
  ],
  [
    [0.8, 14.1, 0.5],
    [1.8, 9.2, 0.48],
    [2.5, 5.2, 0.42],
    [2.9, 3, 0.34],
    [3.1, 1.7, 0.25],
  ],
  [
    [1.5, 14.4, 0.48],
    [3.3, 10.1, 0.45],
    [4.6, 7.1, 0.36],
    [5.4, 5.5, 0.3],
    [5.8, 4.4, 0.22],
  ],
] as const;

/** A hand on a film: what no chest rule should let pass by its picture, whatever its tags say. */
export function makeHandPhantom(options: HandOptions): Phantom {
  const { seed, Columns = 1500, Rows = 1800 } = options;
  const pitch = Math.max(18 / Columns, 21.6 / Rows);
  const detector: Grid = {
    width: Columns,
    height: Rows,
    pitch,
    left: (-Columns * pitch) / 2,
    top: (21.6 - Rows * pitch) / 2,
  };
  const grid = workGrid(detector);
  const random = randomFor(seed, 'hand');
  const turn = random.between(-0.12, 0.12);
  const placed = (x: number, y: number, radius: number): readonly [number, number, number] => [
    x * Math.cos(turn) - (y - 11) * Math.sin(turn),
    11 + x * Math.sin(turn) + (y - 11) * Math.cos(turn),
    radius,
  ];
  const [flesh, bone] = [emptyField(grid), emptyField(grid)];
  const palm = curve([placed(0.2, 10.6, 3.6), placed(0.3, 14, 3.1), placed(0.2, 23, 2.7)]);
  strokeTube(flesh, palm, (u) => 2.4 * (1 - u * u) ** 0.4);
  for (const ray of rays) {
    const joints = ray.map(([x, y, radius]) => placed(x, y, radius));
    const skin = curve(joints.map(([x, y, radius]) => [x, y, radius + 0.45] as const));
    strokeTube(flesh, skin, (u) => 1.5 * Math.sqrt(1 - u * u), 0.7);
    joints.forEach((joint, index) => {
      const next = joints[index + 1];
      if (next) strokeTube(bone, shaft(joint, next), tubularBone);
    });
  }
  for (let row = 0; row < 2; row++) {
    for (let column = 0; column < 4; column++) {
      const [x, y] = [-1.5 + column * 0.95, 15.2 + row * 1.25 + random.normal() * 0.08];
      const [a, b] = [placed(x - 0.08, y, 0.56), placed(x + 0.08, y + 0.1, 0.56)];
      strokeTube(bone, curve([a, b]), tubularBone, 0.9);
    }
  }
  strokeTube(bone, shaft(placed(-0.7, 17.9, 1.15), placed(-0.6, 26, 0.8)), tubularBone, 1.3);
  strokeTube(bone, shaft(placed(1.6, 18.1, 0.7), placed(1.5, 26, 0.6)), tubularBone, 1.2);
  const spongy = grainOf(seed, 'hand', 0.07);
  const texture = fieldOf(grid, (y) => (x) => 1 + 0.06 * spongy(x, y));
  const mineral = combine(bone, texture, (own, grain) => own * grain);
  const attenuation = combine(flesh, mineral, (soft, hard) => 0.35 * soft + 1.1 * hard);
  const tone = { centre: 1.15, slope: 2.6 };
  return {
    Rows,
    Columns,
    samples: expose(detectorSignal(attenuation), detector, tone, seed),
    photometric: 'MONOCHROME2',
    windowCenter: 2020,
    windowWidth: 3700,
    spacingMm: pitch * 10,
  };
}

/** Thick cortex around a hollow shaft. */
const tubularBone: Section = (u, radius) =>
  radius * (0.55 * Math.sqrt(1 - u ** 4) + 0.9 * ramp(Math.abs(u), 0.5, 0.8) * (1 - u ** 8));

/** A long bone between two joints: knobbed at both ends, waisted between, with a gap for cartilage. */
function shaft(
  from: readonly [number, number, number],
  to: readonly [number, number, number],
): PathPoint[] {
  const at = (t: number, swell: number): readonly [number, number, number] => [
    from[0] + (to[0] - from[0]) * t,
    from[1] + (to[1] - from[1]) * t,
    (from[2] + (to[2] - from[2]) * t) * swell,
  ];
  return curve([at(0.1, 1.05), at(0.25, 0.75), at(0.5, 0.62), at(0.75, 0.72), at(0.9, 1)]);
}
