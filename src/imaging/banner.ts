import { type Canvas, drawText, textWidth } from './lettering.js';
import { levels, type PaletteTable } from './palette.js';

/** The warning that stands on every picture with a banner. */
const notice = 'AI colour, research use, not for diagnosis';

/** Height of a capital: a share of the picture's shorter side, 5 mm on a film of 35 × 42 cm. */
const capitalShare = 0.015;

/** In heights of a capital: margin, line, gap, line, margin. */
const [margin, gap] = [0.8, 0.75];
const bandHeight = 2 * margin + 2 + gap;

/** The band never takes more than this share of the rows, however small the picture. */
const maxBandShare = 0.25;

const rampWidth = 14;
/** Light enough for every palette to reach its full chroma. */
const rampGrey = 170;
const ink = 235;

export interface BannerContent {
  /** The model as a reader knows it. */
  readonly title: string;
  /** Of the evidence that is drawn; absent where colour has no scale. */
  readonly table?: PaletteTable;
  /** Evidence at which lines are drawn: marked on the ramp. */
  readonly contours?: readonly number[];
}

/** Rows at the lower edge that the banner covers; above them every pixel keeps its promise of lightness. */
export function bannerRows(Rows: number, Columns: number): number {
  return Math.ceil(bandHeight * capital(Rows, Columns));
}

function capital(Rows: number, Columns: number): number {
  return Math.min(capitalShare * Math.min(Rows, Columns), (maxBandShare * Rows) / bandHeight);
}

/**
 * Burns the banner into the lower edge: a black band with the warning, the model and, where colour
 * has a scale, a ramp of it from no evidence to full evidence.
 * @param rgb Rows × Columns × RGB, row-major; changed in place
 */
export function drawBanner(
  rgb: Uint8Array,
  Rows: number,
  Columns: number,
  { title, table, contours = [] }: BannerContent,
): void {
  const canvas = { rows: Rows, columns: Columns, rgb };
  const height = capital(Rows, Columns);
  const top = Rows - bannerRows(Rows, Columns);
  rgb.fill(0, 3 * top * Columns);
  const side = margin * height;
  const lines = [top + side, top + side + (1 + gap) * height] as const;
  const ramp = { left: Columns - side - rampWidth * height, width: rampWidth * height };
  const room = (table ? ramp.left - 2 * side : Columns - side) - side;
  drawLine(canvas, notice, { x: side, y: lines[0], height, room });
  const meaning = `${title}. ${table ? 'Grey does not mean normal' : 'Tint without medical meaning'}`;
  drawLine(canvas, meaning, { x: side, y: lines[1], height, room });
  if (!table) return;
  const box = { ...ramp, top: lines[0], bottom: lines[0] + height };
  drawRamp(canvas, table, box);
  for (const level of contours) drawMark(canvas, level, box);
  const scale = { y: lines[1], height, room: ramp.width };
  drawLine(canvas, '0', { ...scale, x: ramp.left });
  const middle = ramp.left + (ramp.width - textWidth('evidence', height)) / 2;
  drawLine(canvas, 'evidence', { ...scale, x: middle });
  drawLine(canvas, '1', { ...scale, x: ramp.left + ramp.width - textWidth('1', height) });
}

interface Line {
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Width that the text may take; a longer one is drawn smaller, on the same base line. */
  readonly room: number;
}

function drawLine(canvas: Canvas, text: string, { x, y, height, room }: Line): void {
  const fitting = Math.min(height, (height * Math.max(0, room)) / textWidth(text, height));
  drawText(canvas, text, { x, y: y + height - fitting, height: fitting, ink });
}

interface Box {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly bottom: number;
}

/** One column a step of evidence: the colour that it gives a mid grey. */
function drawRamp({ columns, rgb }: Canvas, table: PaletteTable, box: Box): void {
  const left = Math.round(box.left);
  const width = Math.round(box.width);
  for (let row = Math.round(box.top); row < Math.round(box.bottom); row++) {
    for (let step = 0; step < width; step++) {
      const level = Math.round((step * (levels - 1)) / Math.max(1, width - 1));
      const entry = 3 * (256 * level + rampGrey);
      rgb.set(table.subarray(entry, entry + 3), 3 * (row * columns + left + step));
    }
  }
}

/** A line of this evidence crosses the ramp as it crosses the picture: light between dark edges. */
function drawMark(
  { columns, rgb }: Canvas,
  level: number,
  { left, width, top, bottom }: Box,
): void {
  const middle = Math.round(left + level * (width - 1));
  const half = Math.max(1, Math.round((bottom - top) / 24));
  for (let row = Math.round(top); row < Math.round(bottom); row++) {
    for (let column = middle - 2 * half; column <= middle + 2 * half; column++) {
      const grey = Math.abs(column - middle) < half ? ink : 0;
      rgb.fill(grey, 3 * (row * columns + column), 3 * (row * columns + column) + 3);
    }
  }
}
