import { areaMean } from '../imaging/area-mean.js';
import type { InstalledModel } from '../models/registry.js';
import type { Colouring, GreyImage } from '../ports/colouring.js';
import type { Networks } from '../ports/networks.js';
import type { DrawTask, Pictures } from '../ports/pictures.js';

/** A picture as it is stored: Rows × Columns × RGB, and what a network said of it. */
export interface Coloured {
  readonly rgb: Uint8Array;
  readonly colouring?: Colouring;
}

/** Anything that colours a picture: a model in the product's own path, or a table of colours. */
export type Colourer = (image: GreyImage) => Promise<Coloured>;

/** As it is drawn by default; only the shape of the evidence is measured, and that has no hue. */
export const rendering = { palette: 'magenta', strength: 1, banner: false } as const;

/** The middle of the product's pipeline: thumbnail → model input → inference → fuse. */
export function modelColourer(
  model: InstalledModel,
  networks: Networks,
  pictures: Pictures,
): Colourer {
  const { title, version, input } = model.manifest;
  return async (image) => {
    const colouring = await networks.infer(model, areaMean(image, input.rows, input.columns));
    const task = { image, colouring, rendering, modelTitle: `${title}, ${version}` };
    return { rgb: await drawn(pictures, task), colouring };
  };
}

/** The whole picture, on memory of its own. */
export async function drawn(pictures: Pictures, task: DrawTask): Promise<Uint8Array> {
  const drawing = pictures.draw(task);
  try {
    return Uint8Array.from(await drawing.whole());
  } finally {
    drawing.release();
  }
}

/** A fixed colour for each grey: what colour maps do. */
export function tableColourer(table: Uint8Array): Colourer {
  return ({ grey }) => {
    const rgb = new Uint8Array(3 * grey.length);
    grey.forEach((code, at) => {
      rgb.set(table.subarray(3 * code, 3 * code + 3), 3 * at);
    });
    return Promise.resolve({ rgb });
  };
}
