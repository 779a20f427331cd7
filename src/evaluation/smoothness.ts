import { lightnessOfGrey } from '../imaging/lab.js';
import type { GreyImage } from '../ports/colouring.js';
import { correlation } from './statistics.js';

export interface SmoothnessFigures {
  /** Energy of the chroma above a Gaussian of 1 % of the width, and all its energy. */
  readonly highPass: number;
  readonly energy: number;
  /** Correlation of |∇C*| with |∇L*|; undefined on a film without colour. */
  readonly edges?: number;
}

/** Whether chroma copies the picture's detail: it should be smooth where the grey is not. */
export function smoothnessFigures(image: GreyImage, chroma: Float32Array): SmoothnessFigures {
  const { Rows, Columns, grey } = image;
  const energy = sumOfSquares(chroma);
  if (energy === 0) return { highPass: 0, energy };
  const smooth = gaussian(chroma, Rows, Columns, 0.01 * Columns);
  const highPass = sumOfSquares(chroma.map((value, at) => value - smooth[at]!));
  const lightness = Float32Array.from(grey, (code) => lightnessOfGrey[code]!);
  const edges = correlation(gradient(chroma, Rows, Columns), gradient(lightness, Rows, Columns));
  return { highPass, energy, edges };
}

function sumOfSquares(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** Separable, cut at three sigma, edges repeated. */
function gaussian(map: Float32Array, rows: number, columns: number, sigma: number): Float32Array {
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const weights = Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const along = (from: Float32Array, length: number, step: number, lines: number, next: number) => {
    const into = new Float32Array(from.length);
    for (let line = 0; line < lines; line++) {
      for (let at = 0; at < length; at++) {
        let sum = 0;
        for (let tap = -reach; tap <= reach; tap++) {
          const place = Math.min(length - 1, Math.max(0, at + tap));
          sum += weights[tap + reach]! * from[line * next + place * step]!;
        }
        into[line * next + at * step] = sum / total;
      }
    }
    return into;
  };
  return along(along(map, columns, 1, rows, columns), rows, columns, columns, 1);
}

/** Length of the central differences, inside the border. */
function gradient(map: Float32Array, rows: number, columns: number): Float32Array {
  const lengths = new Float32Array((rows - 2) * (columns - 2));
  for (let row = 1; row < rows - 1; row++) {
    for (let column = 1; column < columns - 1; column++) {
      const at = row * columns + column;
      const across = map[at + 1]! - map[at - 1]!;
      const down = map[at + columns]! - map[at - columns]!;
      lengths[(row - 1) * (columns - 2) + column - 1] = Math.hypot(across, down);
    }
  }
  return lengths;
}
