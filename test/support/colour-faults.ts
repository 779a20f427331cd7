import assert from 'node:assert/strict';
import { lightnessOfRgb } from '../../src/imaging/lab.js';
import { colourPicture, type ColourTools } from '../../src/pipeline/colour-picture.js';
import { renderingOf } from '../../src/pipeline/rendering.js';
import { startStopwatch } from '../../src/pipeline/stopwatch.js';
import { shown } from './shown.js';

export interface ColourFaults {
  /** Against the displayed grey, over all pixels. */
  readonly largestDeltaL: number;
  /** Pixels with R ≠ G or G ≠ B where the network saw nothing. */
  readonly tintedWithoutEvidence: number;
  /** Share of the picture where the network saw nothing. */
  readonly shareWithoutEvidence: number;
}

/** A cell of the evidence map reaches this many cells around itself when it is drawn smoothly. */
const reach = 2;

/** Holds stored RGB against the source's displayed grey and against evidence that is computed anew. */
export async function colourFaults(
  { part10 }: { readonly part10: Uint8Array },
  rgb: Uint8Array,
  tools: ColourTools,
): Promise<ColourFaults> {
  const seen = await shown(part10);
  assert.ok(!('skip' in seen));
  const { Rows, Columns, grey } = seen.displayed.image;
  assert.ok(rgb.length >= Rows * Columns * 3);
  const { evidence, rows, columns } = await evidenceOf(part10, tools);
  const empty = emptyCells(evidence, rows, columns);

  let [largestDeltaL, tinted, without] = [0, 0, 0];
  for (let pixel = 0; pixel < Rows * Columns; pixel++) {
    const [red, green, blue] = [rgb[3 * pixel]!, rgb[3 * pixel + 1]!, rgb[3 * pixel + 2]!];
    const wanted = lightnessOfRgb(grey[pixel]!, grey[pixel]!, grey[pixel]!);
    largestDeltaL = Math.max(largestDeltaL, Math.abs(lightnessOfRgb(red, green, blue) - wanted));
    const row = Math.floor((Math.floor(pixel / Columns) * rows) / Rows);
    const column = Math.floor(((pixel % Columns) * columns) / Columns);
    if (!empty[row * columns + column]) continue;
    without += 1;
    if (red !== green || green !== blue) tinted += 1;
  }
  return {
    largestDeltaL,
    tintedWithoutEvidence: tinted,
    shareWithoutEvidence: without / (Rows * Columns),
  };
}

async function evidenceOf(part10: Uint8Array, tools: ColourTools) {
  const rendering = renderingOf({}, tools.registry, 'evidence');
  const bytes = Uint8Array.from(part10);
  const coloured = await colourPicture(bytes, rendering, tools, startStopwatch());
  assert.ok(coloured.kind === 'coloured' && coloured.colouring.kind === 'evidence');
  return coloured.colouring;
}

/** Cells that are nought together with all around them that could shine into them. */
function emptyCells(evidence: Float32Array, rows: number, columns: number): readonly boolean[] {
  return Array.from(evidence, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y++) {
      for (let x = Math.max(0, column - reach); x <= Math.min(columns - 1, column + reach); x++) {
        if (evidence[y * columns + x] !== 0) return false;
      }
    }
    return true;
  });
}
