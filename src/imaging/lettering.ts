/**
 * Capitals drawn with strokes. A font of the system may be missing on a server, and its text is then blank
 * without a word; this one cannot be missing.
 */

/** Strokes of each sign: points on a grid 4 wide and 6 high, y downwards, two digits a point. */
const glyphs: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    ' ': '',
    A: '06 20 46, 14 34',
    B: '00 06 36 45 44 33 03, 33 42 41 30 00',
    C: '41 30 10 01 05 16 36 45',
    D: '00 06 26 44 42 20 00',
    E: '40 00 06 46, 03 33',
    F: '40 00 06, 03 33',
    G: '41 30 10 01 05 16 36 45 43 23',
    H: '00 06, 40 46, 03 43',
    I: '10 30, 20 26, 16 36',
    J: '40 45 36 16 05',
    K: '00 06, 40 03 46',
    L: '00 06 46',
    M: '06 00 23 40 46',
    N: '06 00 46 40',
    O: '10 30 41 45 36 16 05 01 10',
    P: '06 00 30 41 42 33 03',
    Q: '10 30 41 45 36 16 05 01 10, 24 46',
    R: '06 00 30 41 42 33 03, 23 46',
    S: '41 30 10 01 02 13 33 44 45 36 16 05',
    T: '00 40, 20 26',
    U: '00 05 16 36 45 40',
    V: '00 26 40',
    W: '00 16 23 36 40',
    X: '00 46, 40 06',
    Y: '00 23 40, 23 26',
    Z: '00 40 06 46',
    0: '10 30 41 45 36 16 05 01 10, 14 32',
    1: '11 20 26, 16 36',
    2: '01 10 30 41 42 06 46',
    3: '01 10 30 41 42 33 44 45 36 16 05, 13 33',
    4: '36 30 04 44',
    5: '40 00 03 33 44 45 36 06',
    6: '40 20 02 05 16 36 45 44 33 03',
    7: '00 40 16',
    8: '13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33',
    9: '06 26 44 41 30 10 01 02 13 43',
    '-': '13 33',
    '+': '13 33, 22 24',
    '.': '26 26',
    ',': '25 17',
    ':': '22 22, 25 25',
    '/': '06 40',
    '(': '30 21 25 36',
    ')': '10 21 25 16',
    '&': '46 11 20 31 04 05 16 26 44',
    "'": '20 21',
  }).map(([sign, strokes]) => [sign, strokes.split(', ').filter(Boolean)]),
);
const unknown = ['00 40 46 06 00'];

const grid = { width: 4, height: 6 };

/** In heights of a capital. */
const advance = 0.88;
const thickness = 0.13;

/** What text is drawn on: one number a pixel and channel, row-major. */
export interface Canvas {
  readonly rows: number;
  readonly columns: number;
  /** Rows × Columns × RGB. */
  readonly rgb: Uint8Array;
}

/** Width in pixels of a text in capitals of this height. */
export function textWidth(text: string, height: number): number {
  return (
    Math.max(0, Array.from(text).length * advance - (advance - grid.width / grid.height)) * height
  );
}

/** Where and how large, in pixels. */
export interface Lettering {
  /** Left edge of the first letter. */
  readonly x: number;
  /** Upper edge of the capitals. */
  readonly y: number;
  /** Of the capitals. */
  readonly height: number;
  /** Grey, 0..255. */
  readonly ink: number;
}

/**
 * Draws text in capitals with soft edges; where the ground is brighter than the ink it stays.
 * What lies outside the canvas is left out.
 */
export function drawText(canvas: Canvas, text: string, { x, y, height, ink }: Lettering): void {
  const unit = height / grid.height;
  const radius = (thickness * height) / 2;
  Array.from(plainCapitals(text)).forEach((sign, index) => {
    const left = x + index * advance * height;
    for (const stroke of glyphs.get(sign) ?? unknown) {
      const points = stroke.split(' ').map((point) => ({
        x: left + Number(point[0]) * unit,
        y: y + Number(point[1]) * unit,
      }));
      points.slice(1).forEach((to, at) => {
        drawSegment(canvas, points[at]!, to, radius, ink);
      });
    }
  });
}

/** Upper case, accents left off. */
function plainCapitals(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase();
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line with round ends; a pixel takes the share of the ink that covers it. */
function drawSegment(canvas: Canvas, from: Point, to: Point, radius: number, ink: number): void {
  const { rows, columns, rgb } = canvas;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  const reach = radius + 1;
  const first = (value: number) => Math.max(0, Math.floor(value - reach));
  const end = (value: number, limit: number) => Math.min(limit, Math.ceil(value + reach));
  for (let row = first(Math.min(from.y, to.y)); row < end(Math.max(from.y, to.y), rows); row++) {
    for (
      let column = first(Math.min(from.x, to.x));
      column < end(Math.max(from.x, to.x), columns);
      column++
    ) {
      const [px, py] = [column + 0.5 - from.x, row + 0.5 - from.y];
      const along = squared === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / squared));
      const distance = Math.hypot(px - along * dx, py - along * dy);
      const covered = Math.min(1, Math.max(0, radius + 0.5 - distance));
      const at = 3 * (row * columns + column);
      const grey = Math.round(ink * covered);
      if (grey > rgb[at]!) rgb.fill(grey, at, at + 3);
    }
  }
}
