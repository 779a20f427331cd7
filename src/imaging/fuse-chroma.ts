import type { DisplayProfile } from '../domain/job.js';
import type { Colouring, GreyImage } from '../ports/colouring.js';
import { type DisplayCurve, displayCurves } from './display-curve.js';
import { colourOfGrey } from './exact-luminance.js';
import { splineCells, splineDifferences, splineRow, splineRowsAt } from './spline-row.js';

type Chroma = Extract<Colouring, { kind: 'ab' }>;

/** Networks of free chroma are cut here; the paper's stay below by their own soft clamp. */
const maxFreeChroma = 45;

/** Chroma is looked up on a grid of one unit of a* and b*: finer than an eye can tell on a radiograph. */
const reach = maxFreeChroma;
const side = 2 * reach + 1;

/**
 * Colours of (a*, b*, grey), computed when first met and kept: one page of 256 greys per chroma.
 * Bounded by its grid; a picture touches a few hundred pages.
 */
export interface ChromaPages {
  readonly curve: DisplayCurve;
  readonly pages: (Int32Array | undefined)[];
}

export function chromaPages(display: DisplayProfile = 'srgb'): ChromaPages {
  return { curve: displayCurves[display], pages: [] };
}

/**
 * Draws free a*b* over the displayed grey with the same L*.
 * @param strength share of the network's own chroma, (0, 1]
 * @param pages kept by the caller between pictures
 * @param rgb receives Rows × Columns × RGB
 */
export function fuseChroma(
  image: GreyImage,
  map: Chroma,
  strength: number,
  pages: ChromaPages,
  rgb: Uint8Array,
): void {
  const { Rows, Columns, grey } = image;
  const cells = splineCells(map.columns, Columns);
  const step = map.columns / Columns;
  const size = map.rows * map.columns;
  const planes = [map.ab.subarray(0, size), map.ab.subarray(size)] as const;
  const [aRow, bRow] = [new Float64Array(map.columns), new Float64Array(map.columns)];
  const [a, b] = [new Float64Array(4), new Float64Array(4)];
  for (let row = 0; row < Rows; row++) {
    const around = splineRowsAt(map.rows, row, Rows);
    splineRow(planes[0], map.columns, around, aRow);
    splineRow(planes[1], map.columns, around, bRow);
    for (const cell of cells) {
      splineDifferences(aRow, cell, step, a);
      splineDifferences(bRow, cell, step, b);
      const first = row * Columns + cell.firstColumn;
      for (let pixel = first; pixel < row * Columns + cell.endColumn; pixel++) {
        const colour = lookUp(pages, strength * a[0]!, strength * b[0]!, grey[pixel]!);
        rgb[3 * pixel] = colour >> 16;
        rgb[3 * pixel + 1] = (colour >> 8) & 255;
        rgb[3 * pixel + 2] = colour & 255;
        advance(a);
        advance(b);
      }
    }
  }
}

function advance(differences: Float64Array): void {
  differences[0] = differences[0]! + differences[1]!;
  differences[1] = differences[1]! + differences[2]!;
  differences[2] = differences[2]! + differences[3]!;
}

function lookUp({ curve, pages }: ChromaPages, a: number, b: number, grey: number): number {
  const aStep = onGrid(a);
  const bStep = onGrid(b);
  const key = (aStep + reach) * side + bStep + reach;
  const page = (pages[key] ??= new Int32Array(256).fill(-1));
  const known = page[grey]!;
  if (known >= 0) return known;
  const chroma = Math.min(maxFreeChroma, Math.hypot(aStep, bStep));
  return (page[grey] = colourOfGrey(grey, Math.atan2(bStep, aStep), chroma, curve));
}

function onGrid(component: number): number {
  const step = Math.round(component);
  return step > reach ? reach : step < -reach ? -reach : step;
}
