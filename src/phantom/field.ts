import { randomFor } from './random.js';

/** Pixels over the film plane in centimetres: x to the right (patient's left), y downwards. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  /** Centimetres per pixel. */
  readonly pitch: number;
  /** Centimetres at the outer corner of the first pixel. */
  readonly left: number;
  readonly top: number;
}

/** One number per pixel, row-major: a path length in cm, an attenuation or an intensity. */
export interface Field {
  readonly grid: Grid;
  readonly data: Float32Array;
}

export function emptyField(grid: Grid): Field {
  return { grid, data: new Float32Array(grid.width * grid.height) };
}

/** Evaluates a function at every pixel centre; given a level it returns the function of x, so a level costs once. */
export function fieldOf(
  grid: Grid,
  level: (y: number) => (x: number, at: number) => number,
): Field {
  const field = emptyField(grid);
  for (let row = 0; row < grid.height; row++) {
    const start = row * grid.width;
    const value = level(grid.top + (row + 0.5) * grid.pitch);
    for (let column = 0; column < grid.width; column++) {
      const at = start + column;
      field.data[at] = value(grid.left + (column + 0.5) * grid.pitch, at);
    }
  }
  return field;
}

/** Pixel by pixel over two fields of one grid. */
export function combine(a: Field, b: Field, value: (a: number, b: number) => number): Field {
  return { grid: a.grid, data: a.data.map((own, at) => value(own, b.data[at] ?? 0)) };
}

/** Near-Gaussian blur by three running means; `sigma` in cm. Edges repeat. A wide one is made on a coarser grid. */
export function blur(field: Field, sigma: number): Field {
  const { width, height, pitch } = field.grid;
  const coarser = Math.floor(sigma / pitch / 4);
  if (coarser > 1) return enlarge(blur(shrink(field, coarser), sigma), field.grid, coarser);
  const radius = Math.round(sigma / pitch);
  if (radius < 1) return field;
  let data = field.data;
  for (let pass = 0; pass < 3; pass++) {
    data = runningMean(data, height, width, width, 1, radius);
    data = runningMean(data, width, height, 1, width, radius);
  }
  return { grid: field.grid, data };
}

/** Means over blocks of `factor` pixels square; blocks at the lower and right edge may be cut. */
function shrink({ grid, data }: Field, factor: number): Field {
  const width = Math.ceil(grid.width / factor);
  const height = Math.ceil(grid.height / factor);
  const sums = new Float32Array(width * height);
  const counts = new Float32Array(width * height);
  for (let row = 0; row < grid.height; row++) {
    const start = Math.floor(row / factor) * width;
    for (let column = 0; column < grid.width; column++) {
      const at = start + Math.floor(column / factor);
      sums[at] = (sums[at] ?? 0) + (data[row * grid.width + column] ?? 0);
      counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  const pitch = grid.pitch * factor;
  return {
    grid: { ...grid, width, height, pitch },
    data: sums.map((sum, at) => sum / (counts[at] ?? 1)),
  };
}

/** Bilinear; the inverse of `shrink` for what is smooth. */
function enlarge({ grid: coarse, data }: Field, grid: Grid, factor: number): Field {
  const field = emptyField(grid);
  for (let row = 0; row < grid.height; row++) {
    const v = Math.min(Math.max((row + 0.5) / factor - 0.5, 0), coarse.height - 1);
    const upper = Math.floor(v) * coarse.width;
    const lower = Math.min(Math.floor(v) + 1, coarse.height - 1) * coarse.width;
    const t = v - Math.floor(v);
    for (let column = 0; column < grid.width; column++) {
      const u = Math.min(Math.max((column + 0.5) / factor - 0.5, 0), coarse.width - 1);
      const left = Math.floor(u);
      const right = Math.min(left + 1, coarse.width - 1);
      const s = u - left;
      const above = (data[upper + left] ?? 0) * (1 - s) + (data[upper + right] ?? 0) * s;
      const below = (data[lower + left] ?? 0) * (1 - s) + (data[lower + right] ?? 0) * s;
      field.data[row * grid.width + column] = above * (1 - t) + below * t;
    }
  }
  return field;
}

function runningMean(
  source: Float32Array,
  lines: number,
  length: number,
  lineStep: number,
  step: number,
  radius: number,
): Float32Array<ArrayBuffer> {
  const target = new Float32Array(source.length);
  const share = 1 / (2 * radius + 1);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    const end = start + (length - 1) * step;
    let [entering, leaving] = [start + (radius + 1) * step, start - radius * step];
    let sum = 0;
    for (let index = -radius; index <= radius; index++) {
      sum += source[Math.min(Math.max(start + index * step, start), end)] ?? 0;
    }
    for (let at = start; at <= end; at += step) {
      target[at] = sum * share;
      sum += (source[Math.min(entering, end)] ?? 0) - (source[Math.max(leaving, start)] ?? 0);
      entering += step;
      leaving += step;
    }
  }
  return target;
}

/**
 * Band-limited noise of about unit variance whose grains are `grain` cm wide; smooth between them.
 * It hangs on the film plane, not on the pixels: the same at every resolution.
 */
export function grainOf(
  seed: number,
  purpose: string,
  grain: number,
): (x: number, y: number) => number {
  const random = randomFor(seed, purpose);
  const side = 128;
  const knots = Float32Array.from({ length: side * side }, () => random.normal());
  const knot = (column: number, row: number): number =>
    knots[(row & (side - 1)) * side + (column & (side - 1))] ?? 0;
  return (x, y) => {
    const u = x / grain + 4096;
    const v = y / grain + 4096;
    const column = Math.floor(u);
    const row = Math.floor(v);
    const s = smooth(u - column);
    const t = smooth(v - row);
    const upper = knot(column, row) * (1 - s) + knot(column + 1, row) * s;
    const lower = knot(column, row + 1) * (1 - s) + knot(column + 1, row + 1) * s;
    return 1.4 * (upper * (1 - t) + lower * t);
  };
}

/** Eased 0..1. */
export function smooth(t: number): number {
  const u = Math.min(Math.max(t, 0), 1);
  return u * u * (3 - 2 * u);
}

/** 0 below `from`, 1 above `to`, eased between; also falling when `from` > `to`. */
export function ramp(value: number, from: number, to: number): number {
  return smooth((value - from) / (to - from));
}

/** Chord through an ellipsoid of half depth `depth` at normalised distance `u` from its axis, in units of depth. */
export function chord(u: number, depth: number): number {
  return Math.abs(u) >= 1 ? 0 : 2 * depth * Math.sqrt(1 - u * u);
}
