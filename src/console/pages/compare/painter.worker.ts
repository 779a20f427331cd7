/**
 * Draws in the browser with the very code and tables of the product, so that palettes and strength are live and the
 * pixels are those that would be stored.
 */
import type { DisplayProfile } from '../../../domain/job.js';
import { drawContours } from '../../../imaging/contours.js';
import { type ChromaPages, chromaPages, fuseChroma } from '../../../imaging/fuse-chroma.js';
import { layEvidence } from '../../../imaging/fuse-evidence.js';
import { levels, type PaletteTable, paletteTable } from '../../../imaging/palette.js';
import { rgbaOfGrey, rgbaOfRgb, rgbOfGrey } from '../../../imaging/rgba.js';
import type { GreyImage } from '../../../ports/colouring.js';
import type { Answer, Look, Order } from './painting.js';

/** Each takes 200 kB, and a quarter of a second to make. */
const tablesKept = 64;
const middleGrey = 128;

const tables = new Map<string, PaletteTable>();
const pages = new Map<DisplayProfile, ChromaPages>();
let image: GreyImage | undefined;

addEventListener('message', ({ data: order }: MessageEvent<Order>) => {
  if (order.kind === 'prepare') {
    tableOf(order.look);
    return;
  }
  void answer(order).then(
    (said) => {
      postMessage(said, { transfer: 'bitmap' in said ? [said.bitmap] : [] });
    },
    (thrown: unknown) => {
      postMessage({ id: order.id, fault: String(thrown) } satisfies Answer);
    },
  );
});

async function answer(order: Exclude<Order, { kind: 'prepare' }>): Promise<Answer> {
  const { id } = order;
  if (order.kind === 'open') {
    image = order.image;
    return { id, bitmap: await bitmapOf(image, rgbaOfGrey(image.grey)) };
  }
  if (image === undefined) throw new Error('no picture is open');
  const { colouring, look } = order;
  const { Rows, Columns } = image;
  const rgb = new Uint8Array(4 * Math.ceil((3 * Rows * Columns) / 4)).subarray(
    0,
    3 * Rows * Columns,
  );
  if (colouring.kind === 'ab') {
    fuseChroma(image, colouring, look.strength, pagesOf(look.display ?? 'srgb'), rgb);
    return { id, bitmap: await bitmapOf(image, rgbaOfRgb(rgb)) };
  }
  const table = tableOf(look);
  rgbOfGrey(image.grey, rgb);
  layEvidence(image, colouring, table, rgb);
  if (look.contours) drawContours(rgb, Rows, Columns, colouring, look.contours);
  return { id, bitmap: await bitmapOf(image, rgbaOfRgb(rgb)), ramp: rampOf(table) };
}

function bitmapOf(
  { Rows, Columns }: GreyImage,
  rgba: Uint8ClampedArray<ArrayBuffer>,
): Promise<ImageBitmap> {
  return createImageBitmap(new ImageData(rgba, Columns, Rows), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
}

function tableOf({ palette, strength, display }: Look): PaletteTable {
  const key = `${palette} ${strength} ${display ?? ''}`;
  const known = tables.get(key);
  if (known) return known;
  if (tables.size >= tablesKept) tables.clear();
  const table = paletteTable(palette, strength, display);
  tables.set(key, table);
  return table;
}

function pagesOf(display: DisplayProfile): ChromaPages {
  const known = pages.get(display) ?? chromaPages(display);
  pages.set(display, known);
  return known;
}

function rampOf(table: PaletteTable): Uint8Array {
  const ramp = new Uint8Array(3 * levels);
  for (let level = 0; level < levels; level++) {
    const at = 3 * (256 * level + middleGrey);
    ramp.set(table.subarray(at, at + 3), 3 * level);
  }
  return ramp;
}
