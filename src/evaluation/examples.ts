/**
 * Pictures for a model's card, on digital phantoms: what it should do, and the worst that it did on many. Films of
 * people are not shown in the repository; `npm run evaluate -- --report FOLDER` draws those.
 * Run: npm run build && node dist/src/evaluation/examples.js [MODEL…]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { openColourTools } from '../compose/tools.js';
import { loadSettings } from '../config/load-settings.js';
import type { InstalledModel } from '../models/registry.js';
import { makeChestPhantom, opacityPlaces } from '../phantom/chest-phantom.js';
import type { GreyImage } from '../ports/colouring.js';
import { chromaMap } from './chroma-map.js';
import { type Colourer, modelColourer } from './colourer.js';
import { variants } from './variants.js';

interface Example {
  readonly image: GreyImage;
  readonly rgb: Uint8Array;
  /** Mean C* over the whole picture. */
  readonly chroma: number;
}

const size = { Columns: 600, Rows: 720 };
/** As the pictures stand in the card, pixels. */
const shown = { width: 200, height: 240 };
/** Made-up people of whom the best and the worst are shown. */
const people = Array.from({ length: 24 }, (_, n) => 1 + n);

function displayed(phantom: ReturnType<typeof makeChestPhantom>): GreyImage {
  const { Rows, Columns, samples, windowCenter, windowWidth } = phantom;
  const grey = new Uint8Array(new SharedArrayBuffer(samples.length));
  // The linear window of PS3.3 C.11.2.1.2.1.
  samples.forEach((sample, at) => {
    const share = (sample - (windowCenter - 0.5)) / (windowWidth - 1) + 0.5;
    grey[at] = Math.round(255 * Math.min(1, Math.max(0, share)));
  });
  return { Rows, Columns, grey };
}

async function exampleOf(image: GreyImage, colour: Colourer): Promise<Example> {
  const { rgb } = await colour(image);
  const chroma = chromaMap(rgb);
  return { image, rgb, chroma: chroma.reduce((sum, value) => sum + value, 0) / chroma.length };
}

const clear = (seed: number) => displayed(makeChestPhantom({ ...size, seed }));
const opaque = (seed: number) => {
  const opacity = opacityPlaces[seed % opacityPlaces.length] ?? 'none';
  return displayed(makeChestPhantom({ ...size, seed, opacity }));
};

/** From left to right, each as original above and colour below: the cards name them in this order. */
async function examplesOf(colour: Colourer): Promise<readonly Example[]> {
  const [clears, opaques]: [Example[], Example[]] = [[], []];
  for (const seed of people) {
    clears.push(await exampleOf(clear(seed), colour));
    opaques.push(await exampleOf(opaque(seed), colour));
  }
  const byChroma = (list: readonly Example[]) => [...list].sort((a, b) => a.chroma - b.chroma);
  const [greyest, mostColoured] = [byChroma(clears)[0], byChroma(clears).at(-1)];
  const [faintest, typical] = [byChroma(opaques)[0], byChroma(opaques)[people.length / 2]];
  if (!greyest || !mostColoured || !faintest || !typical) return [];
  const changed = (name: string) => {
    const variant = variants.find((each) => each.name === name);
    return variant ? [variant.change(typical.image, 1)] : [];
  };
  const disturbed = [...changed('black frame of 10 %'), ...changed('mirrored')];
  return [
    greyest,
    mostColoured,
    typical,
    faintest,
    ...(await Promise.all(disturbed.map((image) => exampleOf(image, colour)))),
  ];
}

async function strip(examples: readonly Example[]): Promise<Buffer> {
  const tile = (pixels: Uint8Array, { Rows, Columns }: GreyImage, channels: 1 | 3) =>
    sharp(Buffer.from(pixels), { raw: { width: Columns, height: Rows, channels } })
      .resize({ ...shown, fit: 'contain', background: '#000' })
      .toColourspace('srgb')
      .png()
      .toBuffer();
  const tiles = examples.map(async ({ image, rgb }, n) => [
    { input: await tile(image.grey, image, 1), left: n * shown.width, top: 0 },
    { input: await tile(rgb, image, 3), left: n * shown.width, top: shown.height },
  ]);
  const canvas = { width: shown.width * examples.length, height: 2 * shown.height };
  return await sharp({ create: { ...canvas, channels: 3, background: '#000' } })
    .composite((await Promise.all(tiles)).flat())
    .webp({ quality: 82 })
    .toBuffer();
}

async function illustrate(model: InstalledModel, colour: Colourer): Promise<void> {
  const examples = await examplesOf(colour);
  const file = join(model.folder, 'examples.webp');
  await writeFile(file, await strip(examples));
  const figures = examples.map(({ chroma }) => chroma.toFixed(2)).join(', ');
  console.log(`${file}: mean C* ${figures}`);
}

const wanted = process.argv.slice(2);
const tools = await openColourTools(loadSettings(undefined, process.env), { concurrency: 1 });
try {
  const { registry, networks, pictures } = tools;
  for (const model of registry.models) {
    if (wanted.length > 0 && !wanted.includes(model.manifest.name)) continue;
    await illustrate(model, modelColourer(model, networks, pictures));
  }
} finally {
  await tools.close();
}
