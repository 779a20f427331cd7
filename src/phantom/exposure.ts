import { blur, combine, type Field, type Grid } from './field.js';
import { randomFor } from './random.js';

/** Film optics: what the beam, the body and the detector do after attenuation. */
const scatterShare = 0.2;
const scatterReachCm = 2.6;
/** Relative noise of one pixel at unit exposure; it grows as the root of what the body absorbs. */
const quantumNoise = 0.0052;

/** Centre and slope of the film-like tone curve over the logarithmic signal. */
export interface Tone {
  readonly centre: number;
  readonly slope: number;
}

/**
 * Logarithmic detector signal: primary beam plus scatter, then the mild unsharp masking and compression of range
 * that every digital system applies.
 */
export function detectorSignal(attenuation: Field): Field {
  const primary: Field = {
    grid: attenuation.grid,
    data: attenuation.data.map((value) => Math.exp(-value)),
  };
  const source = { grid: primary.grid, data: primary.data.map((value) => Math.min(value, 0.2)) };
  const scatter = blur(source, scatterReachCm);
  const signal = combine(primary, scatter, (p, s) => -Math.log(p + scatterShare * s + 0.001));
  const local = blur(signal, 0.5);
  const wide = blur(signal, 4.5);
  const sharpened = combine(signal, local, (own, around) => own + 0.25 * (own - around));
  return combine(sharpened, wide, (own, around) => own - 0.22 * (around - 2.2));
}

/** Renders the signal on the detector's own pixels as 12-bit values for presentation (bright = dense). */
export function expose(signal: Field, detector: Grid, tone: Tone, seed: number): Uint16Array {
  const table = toneTable(tone);
  const noise = noiseTable(seed);
  const random = randomFor(seed, 'detector');
  const samples = new Uint16Array(detector.width * detector.height);
  const columns = taps(detector.width, detector.left, detector.pitch, signal.grid, 'x');
  const rows = taps(detector.height, detector.top, detector.pitch, signal.grid, 'y');
  const line = new Float32Array(signal.grid.width);
  const grain = grainTable(detector.pitch);
  for (let row = 0; row < detector.height; row++) {
    mixRows(line, signal, rows, row);
    let dice = random.word();
    for (let column = 0; column < detector.width; column++) {
      const clean = mixFour(line, columns, column);
      dice = (Math.imul(dice, 1664525) + 1013904223) | 0;
      const spread = grain[toneIndex(clean)] ?? 0;
      const noisy = clean + spread * (noise[dice >>> 16] ?? 0);
      samples[row * detector.width + column] = table[toneIndex(noisy)] ?? 0;
    }
  }
  return samples;
}

const toneSteps = 1024;
const toneLow = -2;
const toneHigh = 8;

function toneIndex(signal: number): number {
  return ((Math.min(Math.max(signal, toneLow), toneHigh) - toneLow) * toneSteps) | 0;
}

function toneTable({ centre, slope }: Tone): Uint16Array {
  return Uint16Array.from({ length: (toneHigh - toneLow) * toneSteps + 1 }, (_, index) => {
    const signal = toneLow + index / toneSteps;
    return Math.round(40 + 3900 / (1 + Math.exp(-slope * (signal - centre))));
  });
}

/** Noise of the logarithmic signal: fewer quanta behind more tissue; larger pixels collect more of them. */
function grainTable(pitch: number): Float32Array {
  return Float32Array.from({ length: (toneHigh - toneLow) * toneSteps + 1 }, (_, index) => {
    const absorbed = Math.min(toneLow + index / toneSteps, 4.2);
    return quantumNoise * (0.014 / pitch) * Math.exp(absorbed / 2);
  });
}

function noiseTable(seed: number): Float32Array {
  const random = randomFor(seed, 'quanta');
  return Float32Array.from({ length: 65536 }, () => random.normal());
}

/** Four source indices and Catmull-Rom weights for each target pixel. */
interface Taps {
  readonly index: Int32Array;
  readonly weight: Float32Array;
}

function taps(count: number, start: number, pitch: number, grid: Grid, axis: 'x' | 'y'): Taps {
  const origin = axis === 'x' ? grid.left : grid.top;
  const limit = (axis === 'x' ? grid.width : grid.height) - 1;
  const index = new Int32Array(count * 4);
  const weight = new Float32Array(count * 4);
  for (let at = 0; at < count; at++) {
    const place = (start + (at + 0.5) * pitch - origin) / grid.pitch - 0.5;
    const first = Math.floor(place);
    const t = place - first;
    const weights = [
      -0.5 * t + t * t - 0.5 * t ** 3,
      1 - 2.5 * t * t + 1.5 * t ** 3,
      0.5 * t + 2 * t * t - 1.5 * t ** 3,
      -0.5 * t * t + 0.5 * t ** 3,
    ];
    weights.forEach((value, tap) => {
      index[at * 4 + tap] = Math.min(Math.max(first - 1 + tap, 0), limit);
      weight[at * 4 + tap] = value;
    });
  }
  return { index, weight };
}

function mixRows(line: Float32Array, { grid, data }: Field, { index, weight }: Taps, row: number) {
  line.fill(0);
  for (let tap = 4 * row; tap < 4 * row + 4; tap++) {
    const [start, share] = [(index[tap] ?? 0) * grid.width, weight[tap] ?? 0];
    for (let at = 0; at < grid.width; at++) {
      line[at] = (line[at] ?? 0) + share * (data[start + at] ?? 0);
    }
  }
}

function mixFour(line: Float32Array, { index, weight }: Taps, column: number): number {
  let sum = 0;
  for (let tap = 4 * column; tap < 4 * column + 4; tap++) {
    sum += (weight[tap] ?? 0) * (line[index[tap] ?? 0] ?? 0);
  }
  return sum;
}
