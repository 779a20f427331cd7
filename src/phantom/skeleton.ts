import { type Anatomy, cageHalfDepthAt, cageHalfWidthAt } from './anatomy.js';
import { type Field, ramp } from './field.js';
import { randomFor } from './random.js';
import { curve, type PathPoint, type Section, strokeTube } from './stroke.js';

/** Cortex and marrow of a flat bone: the rim stands out because the beam runs along it there. */
const ribSection: Section = (u) => 0.3 * Math.sqrt(1 - u ** 6) + 0.24 * rim(u, u < 0 ? 0.87 : 0.9);

const clavicleSection: Section = (u, radius) =>
  radius * (0.75 * Math.sqrt(1 - u ** 4) + 0.65 * rim(u, 0.86));

const shaftSection: Section = (u, radius) =>
  radius * (0.5 * Math.sqrt(1 - u ** 4) + 0.55 * rim(u, 0.84));

function rim(u: number, at: number): number {
  const away = (Math.abs(u) - at) / 0.11;
  return Math.exp(-away * away);
}

/** Adds the path length through bone, in cm of average rib, to `bone`. */
export function drawSkeleton(anatomy: Anatomy, bone: Field): void {
  for (const side of [-1, 1] as const) {
    for (let rib = 1; rib <= 12; rib++) drawRib(anatomy, bone, side, rib);
    drawGirdle(anatomy, bone, side);
  }
  drawSpine(anatomy, bone);
}

function drawRib(anatomy: Anatomy, bone: Field, side: -1 | 1, rib: number): void {
  const random = randomFor(anatomy.seed, `rib ${side} ${rib}`);
  const head = 5.2 + (rib - 1) * anatomy.ribPitch + random.normal() * 0.12;
  const drop = [3.4, 5.2, 6.8, 7.8, 8.5, 8.9, 9, 8.8, 8.2, 7, 4.6, 3][rib - 1] ?? 8;
  const end = [2.5, 2.5, 2.55, 2.58, 2.58, 2.55, 2.45, 2.35, 2.2, 2.05, 1.25, 0.95][rib - 1] ?? 2;
  const height = anatomy.ribHalfHeight * (rib === 1 ? 1.15 : rib > 10 ? 0.8 : 1);
  const points: PathPoint[] = [];
  let last: readonly [number, number, number] | undefined;
  for (let angle = 0.14; angle <= end; angle += 0.035) {
    const y =
      head +
      (drop * (1 - Math.cos(angle))) / 2 +
      0.9 * Math.sin(angle) -
      0.5 * Math.sin(Math.min(angle * 2, Math.PI));
    const x =
      side * ((cageHalfWidthAt(anatomy, y) + 0.3) * Math.sin(angle) + 0.4 * Math.cos(angle));
    const z = cageHalfDepthAt(anatomy, y) * -Math.cos(angle);
    const onFilm = last ? Math.hypot(x - last[0], y - last[1]) : 1;
    const inSpace = last ? Math.hypot(onFilm, z - last[2]) : 1;
    const cartilage = ramp(angle, end, end - 0.5);
    const foreshortened = 1 - 0.25 * Math.min(1, Math.max(0, inSpace / onFilm - 1));
    points.push({
      x,
      y,
      radius: height * foreshortened,
      oblique: Math.min(1.7, inSpace / onFilm) * cartilage,
    });
    last = [x, y, z];
  }
  const turn = points.findIndex((point, index) => {
    const next = points[index + 1];
    return next !== undefined && Math.abs(next.x) < Math.abs(point.x) && index > 20;
  });
  const lateral = turn < 0 ? points.length : turn;
  strokeTube(bone, points.slice(0, lateral + 1), ribSection, anatomy.bone, 'flat');
  strokeTube(bone, points.slice(lateral), ribSection, anatomy.bone * 0.9, 'flat');
}

function drawGirdle(anatomy: Anatomy, bone: Field, side: -1 | 1): void {
  const random = randomFor(anatomy.seed, `girdle ${side}`);
  const lift = random.normal() * 0.35;
  const mirrored = (controls: readonly (readonly [number, number, number])[]): PathPoint[] =>
    curve(controls.map(([x, y, radius]) => [side * x, y + lift, radius]));
  const clavicle = mirrored([
    [1.7, 8.9, 0.95],
    [3.6, 8.3, 0.68],
    [7.2, 7.4, 0.58],
    [11, 6.3, 0.6],
    [14.6, 5.6, 0.72],
  ]);
  strokeTube(bone, clavicle, clavicleSection, anatomy.bone);
  const blade = mirrored([
    [12.2, 8.6, 0.32],
    [12, 11.5, 0.28],
    [12.5, 15, 0.26],
    [13.6, 18.4, 0.24],
    [14.5, 19.6, 0.3],
    [15, 17.6, 0.34],
    [15.6, 13.5, 0.42],
    [16.2, 10.4, 0.6],
  ]);
  strokeTube(bone, blade, shaftSection, anatomy.bone * 0.8);
  strokeTube(
    bone,
    mirrored([
      [11.9, 8.9, 0.3],
      [14, 8, 0.38],
      [16.6, 6.2, 0.6],
    ]),
    shaftSection,
  );
  const humerus = mirrored([
    [18, 8.3, 2.1],
    [18.5, 10, 2],
    [19.3, 12.4, 1.35],
    [20.6, 17, 1.2],
    [22.5, 25, 1.2],
  ]);
  strokeTube(bone, humerus, shaftSection, anatomy.bone * 0.8);
}

function drawSpine(anatomy: Anatomy, bone: Field): void {
  const random = randomFor(anatomy.seed, 'spine');
  let top = -1.2;
  for (let vertebra = 0; top < 46; vertebra++) {
    const growth = Math.min(1, vertebra / 18);
    const height = 1.75 + 1.15 * growth;
    const halfWidth = 1.35 + 0.75 * growth;
    const middle = top + height / 2;
    const tilt = random.normal() * 0.04;
    drawVertebra(bone, { middle, height, halfWidth, tilt }, anatomy.bone);
    top += height + 0.3 + 0.35 * growth;
  }
}

interface Vertebra {
  readonly middle: number;
  readonly height: number;
  readonly halfWidth: number;
  readonly tilt: number;
}

function drawVertebra(bone: Field, vertebra: Vertebra, mineral: number): void {
  const { middle, height, halfWidth, tilt } = vertebra;
  const half = height / 2;
  const body: Section = (u) => 0.5 * (1 - u ** 8) + 0.3 * rim(u, 0.9);
  const level = (x: number): number => middle + tilt * x;
  const across = (radius: number, y: number, reach: number): PathPoint[] =>
    [-1, 0, 1].map((end) => ({ x: end * reach, y: level(end * reach) + y, radius }));
  strokeTube(bone, across(half, 0, halfWidth - half * 0.75), body, mineral);
  for (const side of [-1, 1]) {
    const x = side * halfWidth * 0.62;
    const pedicle: Section = (u) => 0.45 * rim(u, 0.75);
    strokeTube(
      bone,
      [
        { x, y: level(x) - half * 0.45, radius: half * 0.36 },
        { x, y: level(x) - half * 0.05, radius: half * 0.36 },
      ],
      pedicle,
      mineral,
    );
    const process = curve([
      [side * halfWidth * 0.9, middle - half * 0.35, half * 0.36],
      [side * halfWidth * 1.45, middle - half * 0.55, half * 0.3],
    ]);
    strokeTube(bone, process, (u) => 0.5 * (1 - u * u) + 0.12 * rim(u, 0.85), mineral);
  }
  const spinous = curve([
    [0, middle + half * 0.3, half * 0.22],
    [0, middle + half * 1.3, half * 0.3],
  ]);
  strokeTube(bone, spinous, (u) => 0.6 * (1 - u ** 4) + 0.3 * rim(u, 0.8), mineral);
}
