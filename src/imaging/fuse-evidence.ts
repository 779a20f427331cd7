import type { Colouring, GreyImage } from '../ports/colouring.js';
import { levels, type PaletteTable } from './palette.js';
import { splineCells, splineDifferences, splineRow, type Cell } from './spline-row.js';
import { littleEndian } from './word-order.js';

type Evidence = Extract<Colouring, { kind: 'evidence' }>;

/**
 * Draws evidence in one hue over the displayed grey. No colour arithmetic per pixel: the palette's table
 * holds the colour of every (level, grey), so L* is exact by construction, and level 0 is the grey itself.
 * @param table levels × 256 × RGB
 * @param rgb receives Rows × Columns × RGB; begins at a multiple of four bytes
 * @param rows only these are drawn; all of them if left out
 */
export function fuseEvidence(
  image: GreyImage,
  map: Evidence,
  table: PaletteTable,
  rgb: Uint8Array,
  rows: RowRange = { first: 0, end: image.Rows },
): void {
  const { Rows, Columns, grey } = image;
  const cells = splineCells(map.columns, Columns);
  const values = new Float64Array(map.columns);
  const bytes = new Uint8Array((Columns + 7) & ~3);
  const fours = new Uint32Array(bytes.buffer);
  const words = new Uint32Array(rgb.buffer, rgb.byteOffset, rgb.length >> 2);
  const paint = { colours: packed(table), rgb, words };
  for (let row = rows.first; row < rows.end; row++) {
    splineRow(map.evidence, map.rows, map.columns, row, Rows, values);
    const first = row * Columns;
    const back = first & ~3;
    bytes.fill(0);
    for (const cell of cells) {
      if (!isGrey(values, cell)) {
        setLevels(values, cell, map.columns / Columns, bytes, first - back);
      }
    }
    drawRow(grey, first, first + Columns, { bytes, fours, back }, paint);
  }
}

/** Rows from `first` up to, but without, `end`. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

/** The levels of one row, placed in their words as the pixels are in theirs. */
interface LevelRow {
  readonly bytes: Uint8Array;
  readonly fours: Uint32Array;
  /** The pixel whose level is the first. */
  readonly back: number;
}

/** Where colours come from and where they go, by bytes and by words. */
interface Paint {
  readonly colours: Uint32Array;
  readonly rgb: Uint8Array;
  readonly words: Uint32Array;
}

/** Red in the lowest byte: colours as they stand in memory. */
function packed(table: PaletteTable): Uint32Array {
  const colours = new Uint32Array(table.length / 3);
  for (let at = 0; at < colours.length; at++) {
    colours[at] = table[3 * at]! | (table[3 * at + 1]! << 8) | (table[3 * at + 2]! << 16);
  }
  return colours;
}

function isGrey(values: Float64Array, { taps }: Cell): boolean {
  return !values[taps[0]] && !values[taps[1]] && !values[taps[2]] && !values[taps[3]];
}

const differences = new Float64Array(4);

function setLevels(
  values: Float64Array,
  cell: Cell,
  step: number,
  bytes: Uint8Array,
  lead: number,
): void {
  splineDifferences(values, cell, step, differences);
  const scale = levels - 1;
  let value = differences[0]! * scale + 0.5;
  let slope = differences[1]! * scale;
  let bend = differences[2]! * scale;
  const twist = differences[3]! * scale;
  const end = lead + cell.endColumn;
  for (let at = lead + cell.firstColumn; at < end; at++) {
    bytes[at] = value | 0;
    value += slope;
    slope += bend;
    bend += twist;
  }
}

/** Four pixels fill three words; what does not begin or end with a word is drawn in bytes. */
function drawRow(grey: Uint8Array, first: number, end: number, row: LevelRow, paint: Paint): void {
  const { colours, words } = paint;
  const firstWhole = littleEndian ? Math.min(end, (first + 3) & ~3) : end;
  const endWhole = Math.max(firstWhole, end & ~3);
  drawBytes(grey, first, firstWhole, row, paint);
  drawBytes(grey, endWhole, end, row, paint);
  const { bytes, fours, back } = row;
  let word = (firstWhole >> 2) * 3;
  for (let pixel = firstWhole; pixel < endWhole; pixel += 4) {
    const at = pixel - back;
    let c0 = grey[pixel]!;
    let c1 = grey[pixel + 1]!;
    let c2 = grey[pixel + 2]!;
    let c3 = grey[pixel + 3]!;
    if (fours[at >> 2] === 0) {
      words[word] = c0 * 0x010101 + c1 * 0x1000000;
      words[word + 1] = c1 * 0x0101 + c2 * 0x1010000;
      words[word + 2] = c2 + c3 * 0x1010100;
    } else {
      c0 = colours[(bytes[at]! << 8) | c0]!;
      c1 = colours[(bytes[at + 1]! << 8) | c1]!;
      c2 = colours[(bytes[at + 2]! << 8) | c2]!;
      c3 = colours[(bytes[at + 3]! << 8) | c3]!;
      words[word] = c0 | (c1 << 24);
      words[word + 1] = (c1 >> 8) | (c2 << 16);
      words[word + 2] = (c2 >> 16) | (c3 << 8);
    }
    word += 3;
  }
}

function drawBytes(
  grey: Uint8Array,
  first: number,
  end: number,
  row: LevelRow,
  paint: Paint,
): void {
  const { colours, rgb } = paint;
  for (let pixel = first; pixel < end; pixel++) {
    const colour = colours[(row.bytes[pixel - row.back]! << 8) | grey[pixel]!]!;
    rgb[3 * pixel] = colour;
    rgb[3 * pixel + 1] = colour >> 8;
    rgb[3 * pixel + 2] = colour >> 16;
  }
}
