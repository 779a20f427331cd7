import type { Colouring, GreyImage } from '../ports/colouring.js';
import { levels, type PaletteTable } from './palette.js';
import { spreadGrey } from './row-kernels.js';
import {
  type Cell,
  splineCells,
  splineDifferences,
  splineRow,
  type SplineRows,
  splineRowsAt,
} from './spline-row.js';

type Evidence = Extract<Colouring, { kind: 'evidence' }>;

/**
 * Draws evidence in one hue over the displayed grey. No colour arithmetic per pixel: the palette's table
 * holds the colour of every (level, grey), so L* is exact by construction, and level 0 is the grey itself.
 * @param table levels × 256 × RGB
 * @param rgb receives the rows × Columns × RGB
 * @param rows default all; they, the grey and `rgb` begin at a multiple of four bytes
 */
export function fuseEvidence(
  image: GreyImage,
  map: Evidence,
  table: PaletteTable,
  rgb: Uint8Array,
  rows: RowRange = { first: 0, end: image.Rows },
): void {
  spreadGrey(image.grey.subarray(rows.first * image.Columns, rows.end * image.Columns), rgb);
  layEvidence(image, map, table, rgb, rows);
}

/** The second half of `fuseEvidence`. @param rgb holds the grey of these rows already */
export function layEvidence(
  { Rows, Columns, grey }: GreyImage,
  map: Evidence,
  table: PaletteTable,
  rgb: Uint8Array,
  rows: RowRange = { first: 0, end: Rows },
): void {
  const cells = splineCells(map.columns, Columns);
  const values = new Float64Array(map.columns);
  const bytes = new Uint8Array((Columns + 7) & ~3);
  const levelsOfRow = { bytes, fours: new Uint32Array(bytes.buffer), back: 0 };
  const greyOfRows = grey.subarray(rows.first * Columns, rows.end * Columns);
  const paint: Paint = {
    colours: coloursOf(table),
    grey: greyOfRows,
    greyFours: new Uint32Array(greyOfRows.buffer, greyOfRows.byteOffset, greyOfRows.length >> 2),
    rgb,
    words: new Uint32Array(rgb.buffer, rgb.byteOffset, rgb.length >> 2),
  };
  let cellOfRows = NaN;
  let coloured: readonly Cell[] = [];
  for (let row = rows.first; row < rows.end; row++) {
    const around = splineRowsAt(map.rows, row, Rows);
    if (around.cell !== cellOfRows) {
      coloured = cells.filter((cell) => hasEvidence(map, around, cell));
      cellOfRows = around.cell;
    }
    const [begin, stop] = [coloured[0], coloured.at(-1)];
    if (begin === undefined || stop === undefined) continue;
    const first = (row - rows.first) * Columns;
    splineRow(map.evidence, map.columns, around, values);
    levelsOfRow.back = first & ~3;
    bytes.fill(0);
    for (const cell of coloured) {
      setLevels(values, cell, map.columns / Columns, bytes, first - levelsOfRow.back);
    }
    drawColour(first + begin.firstColumn, first + stop.endColumn, levelsOfRow, paint);
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

/** Where greys and colours come from and where they go, by bytes and by words. */
interface Paint {
  readonly colours: Uint32Array;
  readonly grey: Uint8Array;
  readonly greyFours: Uint32Array;
  readonly rgb: Uint8Array;
  readonly words: Uint32Array;
}

const coloursByTable = new WeakMap<PaletteTable, Uint32Array>();

function coloursOf(table: PaletteTable): Uint32Array {
  const known = coloursByTable.get(table) ?? packed(table);
  coloursByTable.set(table, known);
  return known;
}

/** Red in the lowest byte: colours as they stand in memory. */
function packed(table: PaletteTable): Uint32Array {
  const colours = new Uint32Array(table.length / 3);
  for (let at = 0; at < colours.length; at++) {
    colours[at] = table[3 * at]! | (table[3 * at + 1]! << 8) | (table[3 * at + 2]! << 16);
  }
  return colours;
}

/** Whether any of the sixteen values around a cell is above 0. */
function hasEvidence({ evidence, columns }: Evidence, { taps: rows }: SplineRows, cell: Cell) {
  return rows.some((row) => cell.taps.some((column) => evidence[row * columns + column]! > 0));
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

function drawColour(first: number, end: number, row: LevelRow, paint: Paint): void {
  const { colours, greyFours, words } = paint;
  // Four pixels fill three words; what does not begin or end with a word is drawn in bytes.
  const firstWhole = Math.min(end, (first + 3) & ~3);
  const endWhole = Math.max(firstWhole, end & ~3);
  drawBytes(first, firstWhole, row, paint);
  drawBytes(endWhole, end, row, paint);
  const { fours, back } = row;
  for (let pixel = firstWhole; pixel < endWhole; pixel += 4) {
    const levelsOfFour = fours[(pixel - back) >> 2]!;
    if (levelsOfFour === 0) continue;
    const greys = greyFours[pixel >> 2]!;
    const c0 = colours[((levelsOfFour << 8) & 0xff00) | (greys & 0xff)]!;
    const c1 = colours[(levelsOfFour & 0xff00) | ((greys >>> 8) & 0xff)]!;
    const c2 = colours[((levelsOfFour >>> 8) & 0xff00) | ((greys >>> 16) & 0xff)]!;
    const c3 = colours[((levelsOfFour >>> 16) & 0xff00) | (greys >>> 24)]!;
    const word = (pixel >> 2) * 3;
    words[word] = c0 | (c1 << 24);
    words[word + 1] = (c1 >> 8) | (c2 << 16);
    words[word + 2] = (c2 >> 16) | (c3 << 8);
  }
}

function drawBytes(first: number, end: number, row: LevelRow, paint: Paint): void {
  const { colours, grey, rgb } = paint;
  for (let pixel = first; pixel < end; pixel++) {
    const colour = colours[(row.bytes[pixel - row.back]! << 8) | grey[pixel]!]!;
    rgb[3 * pixel] = colour;
    rgb[3 * pixel + 1] = colour >> 8;
    rgb[3 * pixel + 2] = colour >> 16;
  }
}
