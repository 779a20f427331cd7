import type { Colouring, GreyImage } from '../ports/colouring.js';
import { levels, type PaletteTable } from './palette.js';
import { splineCells, splineDifferences, splineRow, type Cell } from './spline-row.js';

type Evidence = Extract<Colouring, { kind: 'evidence' }>;

/**
 * Draws evidence in one hue over the displayed grey. No colour arithmetic per pixel: the palette's table
 * holds the colour of every (level, grey), so L* is exact by construction, and level 0 is the grey itself.
 * @param table levels × 256 × RGB
 * @param rgb receives Rows × Columns × RGB
 */
export function fuseEvidence(
  image: GreyImage,
  map: Evidence,
  table: PaletteTable,
  rgb: Uint8Array,
): void {
  const { Rows, Columns, grey } = image;
  const cells = splineCells(map.columns, Columns);
  const step = map.columns / Columns;
  const values = new Float64Array(map.columns);
  const differences = new Float64Array(4);
  for (let row = 0; row < Rows; row++) {
    splineRow(map.evidence, map.rows, map.columns, row, Rows, values);
    const offset = row * Columns;
    for (const cell of cells) {
      if (isGrey(values, cell)) {
        copyGrey(grey, offset + cell.firstColumn, offset + cell.endColumn, rgb);
      } else {
        splineDifferences(values, cell, step, differences);
        drawCell(grey, offset + cell.firstColumn, offset + cell.endColumn, differences, table, rgb);
      }
    }
  }
}

function isGrey(values: Float64Array, { taps }: Cell): boolean {
  return !values[taps[0]] && !values[taps[1]] && !values[taps[2]] && !values[taps[3]];
}

function copyGrey(grey: Uint8Array, first: number, end: number, rgb: Uint8Array): void {
  let at = 3 * first;
  for (let pixel = first; pixel < end; pixel++) {
    const value = grey[pixel]!;
    rgb[at] = value;
    rgb[at + 1] = value;
    rgb[at + 2] = value;
    at += 3;
  }
}

function drawCell(
  grey: Uint8Array,
  first: number,
  end: number,
  differences: Float64Array,
  table: PaletteTable,
  rgb: Uint8Array,
): void {
  const scale = levels - 1;
  let value = differences[0]! * scale + 0.5;
  let slope = differences[1]! * scale;
  let bend = differences[2]! * scale;
  const twist = differences[3]! * scale;
  let at = 3 * first;
  for (let pixel = first; pixel < end; pixel++) {
    const entry = 3 * (((value | 0) << 8) + grey[pixel]!);
    rgb[at] = table[entry]!;
    rgb[at + 1] = table[entry + 1]!;
    rgb[at + 2] = table[entry + 2]!;
    at += 3;
    value += slope;
    slope += bend;
    bend += twist;
  }
}
