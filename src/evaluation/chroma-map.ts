import {
  labOfRgb,
  lightnessOfGrey,
  lightnessOfRgb,
  linearOfCode,
  luminanceWeights,
  srgbOfLinear,
} from '../imaging/lab.js';
import type { Colouring, GreyImage } from '../ports/colouring.js';

/** C* of every pixel of an RGB picture; exactly 0 where R = G = B. */
export function chromaMap(rgb: Uint8Array): Float32Array {
  const chroma = new Float32Array(rgb.length / 3);
  const known = new Map<number, number>();
  for (let at = 0; at < chroma.length; at++) {
    const [red, green, blue] = [rgb[3 * at]!, rgb[3 * at + 1]!, rgb[3 * at + 2]!];
    if (red === green && green === blue) continue;
    const key = (red << 16) | (green << 8) | blue;
    let value = known.get(key);
    if (value === undefined) {
      const { a, b } = labOfRgb(red, green, blue);
      value = Math.hypot(a, b);
      known.set(key, value);
    }
    chroma[at] = value;
  }
  return chroma;
}

export interface LuminanceFigures {
  /** Greatest |L*out - L*in|. */
  readonly worst: number;
  /** Pixels whose grey code cannot be found again from their luminance. */
  readonly lost: number;
}

/** What colouring did to lightness. */
export function luminanceFigures({ grey }: GreyImage, rgb: Uint8Array): LuminanceFigures {
  let [worst, lost] = [0, 0];
  grey.forEach((code, at) => {
    const [red, green, blue] = [rgb[3 * at]!, rgb[3 * at + 1]!, rgb[3 * at + 2]!];
    if (red === code && green === code && blue === code) return;
    const moved = Math.abs(lightnessOfRgb(red, green, blue) - lightnessOfGrey[code]!);
    if (moved > worst) worst = moved;
    if (codeOfRgb(red, green, blue) !== code) lost += 1;
  });
  return { worst, lost };
}

/** The grey of the same luminance. */
function codeOfRgb(red: number, green: number, blue: number): number {
  const [r, g, b] = luminanceWeights;
  const luminance = r * linearOfCode[red]! + g * linearOfCode[green]! + b * linearOfCode[blue]!;
  return Math.round(255 * srgbOfLinear(luminance));
}

/**
 * Pixels that lie beyond the reach of any evidence and are not R = G = B = grey. Reach is that of a cubic
 * B-spline: two cells on either side.
 * @returns their number and that of all such pixels; undefined for a colouring of another kind
 */
export function colouredWithoutEvidence(
  { Rows, Columns, grey }: GreyImage,
  rgb: Uint8Array,
  colouring: Colouring | undefined,
): { readonly faults: number; readonly pixels: number } | undefined {
  if (colouring?.kind !== 'evidence') return undefined;
  const { rows, columns, evidence } = colouring;
  const near = new Uint8Array((rows + 1) * (columns + 1));
  evidence.forEach((value, at) => {
    if (value > 0) spread(near, rows, columns, Math.floor(at / columns), at % columns);
  });
  let [faults, pixels] = [0, 0];
  for (let at = 0; at < grey.length; at++) {
    const row = Math.floor(((Math.floor(at / Columns) + 0.5) * rows) / Rows + 0.5);
    const column = Math.floor((((at % Columns) + 0.5) * columns) / Columns + 0.5);
    if (near[row * (columns + 1) + column] === 1) continue;
    pixels += 1;
    const code = grey[at];
    if (rgb[3 * at] !== code || rgb[3 * at + 1] !== code || rgb[3 * at + 2] !== code) faults += 1;
  }
  return { faults, pixels };
}

/** Marks the stretches between centres that one cell reaches: itself and one more on either side, edges repeated. */
function spread(
  near: Uint8Array,
  rows: number,
  columns: number,
  row: number,
  column: number,
): void {
  for (let y = Math.max(0, row - 1); y <= Math.min(rows, row + 2); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(columns, column + 2); x++) {
      near[y * (columns + 1) + x] = 1;
    }
  }
}
