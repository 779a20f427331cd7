import type { Field, Grid } from './field.js';
import { randomFor } from './random.js';
import { curve, strokeTube } from './stroke.js';

const filmWidthCm = 35;
const filmHeightCm = 42;
/** Finest pitch at which anatomy is computed; detail below it is only noise. */
const workPitchCm = 0.05;

/** The detector's pixels, centred on a 35 x 42 cm film that they cover whole. */
export function filmGrid(width: number, height: number): Grid {
  const pitch = Math.max(filmWidthCm / width, filmHeightCm / height);
  return {
    width,
    height,
    pitch,
    left: (-width * pitch) / 2,
    top: (filmHeightCm - height * pitch) / 2,
  };
}

/** The grid of the anatomy: the detector's own where that is coarse, else fine enough for every organ. */
export function workGrid(detector: Grid): Grid {
  if (detector.pitch >= workPitchCm) return detector;
  return {
    ...detector,
    pitch: workPitchCm,
    width: Math.ceil((detector.width * detector.pitch) / workPitchCm),
    height: Math.ceil((detector.height * detector.pitch) / workPitchCm),
  };
}

/** A lead letter R beside the patient's right shoulder: the left of the film. */
export function drawMarker(attenuation: Field, seed: number): void {
  const random = randomFor(seed, 'marker');
  const [x, y] = [random.between(-15.6, -14.4), random.between(1.5, 2.6)];
  const tilt = random.between(-0.12, 0.12);
  const line = (points: readonly (readonly [number, number])[]) =>
    curve(points.map(([dx, dy]) => [x + dx - tilt * dy, y + dy + tilt * dx, 0.15] as const));
  const lead = () => 9;
  const [height, width] = [1.5, 0.85];
  strokeTube(
    attenuation,
    line([
      [0, 0],
      [0, height],
    ]),
    lead,
  );
  const bowl = [
    [0, 0],
    [width * 0.6, 0],
    [width, height * 0.24],
    [width * 0.6, height * 0.5],
    [0, height * 0.5],
  ] as const;
  strokeTube(attenuation, line(bowl), lead);
  strokeTube(
    attenuation,
    line([
      [width * 0.4, height * 0.5],
      [width, height],
    ]),
    lead,
  );
}

/** Blackens what the collimator kept dark, up to a centimetre at each edge. */
export function shutter(samples: Uint16Array, detector: Grid, seed: number): void {
  const random = randomFor(seed, 'collimator');
  const edge = (): number =>
    Math.round((random.chance(0.5) ? random.between(0.2, 0.9) : 0) / detector.pitch);
  const [left, right, top, bottom] = [edge(), edge(), edge(), edge()];
  const { width, height } = detector;
  for (let row = 0; row < height; row++) {
    const line = samples.subarray(row * width, (row + 1) * width);
    if (row < top || row >= height - bottom) line.fill(0);
    line.fill(0, 0, left);
    line.fill(0, width - right);
  }
}
