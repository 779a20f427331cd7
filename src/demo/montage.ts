import sharp from 'sharp';
import type { PaletteName } from '../domain/job.js';
import { type Canvas, drawText } from '../imaging/lettering.js';
import { levels, paletteTable } from '../imaging/palette.js';

/** Width of each of the two pictures, pixels. */
const pictureWidth = 700;
const gap = 12;
const footHeight = 76;
const paper = 24;
const ink = 215;
const capital = 11;
const ramp = { width: 280, height: 22, grey: 128 };

/** Before and after side by side as PNG; underneath what the colour means and what it does not. */
export async function sideBySide(
  before: Buffer,
  after: Buffer,
  palette: PaletteName | undefined,
): Promise<Buffer> {
  const fitted = (png: Buffer) => sharp(png).resize({ width: pictureWidth }).png().toBuffer();
  const [left, right] = await Promise.all([fitted(before), fitted(after)]);
  const { height } = await sharp(left).metadata();
  const width = 2 * pictureWidth + gap;
  const foot = footOf(width, palette);
  const background = { r: paper, g: paper, b: paper };
  return sharp({ create: { width, height: height + footHeight, channels: 3, background } })
    .composite([
      { input: left, left: 0, top: 0 },
      { input: right, left: pictureWidth + gap, top: 0 },
      {
        input: Buffer.from(foot.rgb),
        raw: { width, height: footHeight, channels: 3 },
        left: 0,
        top: height,
      },
    ])
    .removeAlpha()
    .png()
    .toBuffer();
}

function footOf(width: number, palette: PaletteName | undefined): Canvas {
  const canvas = {
    rows: footHeight,
    columns: width,
    rgb: new Uint8Array(3 * width * footHeight).fill(paper),
  };
  if (palette) drawRamp(canvas, palette);
  const meaning = palette
    ? 'Colour: evidence of opacity. Grey does not mean normal.'
    : 'A tint without medical meaning.';
  const x = palette ? 2 * gap + ramp.width : gap;
  drawText(canvas, meaning, { x, y: 20, height: capital, ink });
  const notice = 'AI colour, research use, not for diagnosis.';
  drawText(canvas, notice, { x, y: 20 + 2 * capital, height: capital, ink });
  return canvas;
}

/** No evidence to full evidence at a middle grey, in the very colours of the pictures. */
function drawRamp({ columns, rgb }: Canvas, palette: PaletteName): void {
  const table = paletteTable(palette, 1);
  const top = Math.round((footHeight - ramp.height) / 2);
  for (let row = top; row < top + ramp.height; row++) {
    for (let step = 0; step < ramp.width; step++) {
      const level = Math.round((step / (ramp.width - 1)) * (levels - 1));
      const entry = 3 * (256 * level + ramp.grey);
      rgb.set(table.subarray(entry, entry + 3), 3 * (row * columns + gap + step));
    }
  }
}
