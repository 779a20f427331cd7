import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { createTar } from 'nanotar';
import sharp from 'sharp';
import { foldOf, type Fold, patientHash } from '../../src/evaluation/folds.js';
import { areaMean } from '../../src/imaging/area-mean.js';
import { makeChestPhantom } from '../../src/phantom/chest-phantom.js';
import { temporaryFolder } from './process.js';

interface Row {
  readonly set: 'kermany-224' | 'nih14';
  readonly split: string;
  readonly label: string;
  readonly patient: string;
  readonly file: string;
}

const side = 224;
const maskSide = 112;

/**
 * A small collection of made-up films in the layout that training and evaluation read: every fold of both sets,
 * with lung masks and one box. Nobody is on them.
 * @returns its folder
 */
export async function pictureCollection(): Promise<string> {
  const folder = temporaryFolder();
  const rows = madeUpRows();
  for (const tar of ['kermany224', 'nih'] as const) {
    const set = tar === 'nih' ? 'nih14' : 'kermany-224';
    const films = rows.filter((row) => row.set === set);
    const entries = await Promise.all(
      films.map(async ({ file, label }) => ({ name: file, data: await film(file, label) })),
    );
    writeFileSync(join(folder, `${tar}.tar`), createTar(entries));
  }
  const line = (row: Row) => {
    const isNih = row.set === 'nih14';
    const mask = isNih ? '' : `${stem(row.file)}.png`;
    const tar = isNih ? 'nih' : 'kermany224';
    return `${tar},${row.file},${row.label},${row.set},${row.split},${row.patient},1000,1000,"none, made up",${mask}`;
  };
  const head = 'tar,file,label,set,split,patient,orig_w,orig_h,licence,lung_mask112';
  writeFileSync(join(folder, 'index.csv'), [head, ...rows.map(line), ''].join('\n'));
  const boxed = rows.find(({ file }) => file.includes('boxed'));
  writeFileSync(
    join(folder, 'boxes.csv'),
    `file,class,x,y,w,h,image_w,image_h,source\n${boxed?.file ?? ''},Pneumonia,100,500,300,300,1000,1000,made up\n`,
  );
  const masked = rows.filter(({ set }) => set === 'kermany-224');
  writeFileSync(
    join(folder, 'lungmask112_packed.npz'),
    packedMasks(masked.map(({ file }) => file)),
  );
  return folder;
}

function madeUpRows(): readonly Row[] {
  const kermany = (split: string, fold: Fold) =>
    (['normal', 'bacteria'] as const).map((label) =>
      row('kermany-224', split, label, fold, `${split}-${fold}`),
    );
  const nih = (fold: Fold) =>
    (['adult_normal', 'adult_pneumonia'] as const).map((label) =>
      row('nih14', 'adult_extra', label, fold, fold),
    );
  return [
    ...kermany('heldout_kermany_test', 'test'),
    ...kermany('paper_train', 'train'),
    ...kermany('train_extra', 'train'),
    ...kermany('paper_test', 'paper-test'),
    ...kermany('val', 'validation'),
    ...nih('test'),
    ...nih('train'),
    ...nih('validation'),
    row('nih14', 'heldout_adult_boxes', 'adult_pneumonia', 'boxes', 'boxed'),
  ];
}

/** A row whose patient's name falls into the wanted fold. */
function row(set: Row['set'], split: string, label: string, fold: Fold, name: string): Row {
  for (let number = 0; ; number++) {
    const patient = `made-up-${name}-${label}-${number}`;
    const found = { set, split, label, patient, file: `${label}/${name}-${label}.webp` };
    if (foldOf(found, new Set(), fold === 'boxes') === fold) return found;
  }
}

function stem(file: string): string {
  return (file.split('/')[1] ?? '').replace('.webp', '');
}

/** A phantom as a small grey picture; with an opacity where its label says pneumonia. */
async function film(file: string, label: string): Promise<Uint8Array> {
  const seed = patientHash(file) % 50;
  const isSick = !label.includes('normal');
  const phantom = makeChestPhantom({
    seed,
    Columns: 300,
    Rows: 360,
    opacity: isSick ? 'right-lower' : 'none',
  });
  const { Rows, Columns, windowCenter, windowWidth } = phantom;
  const grey = Uint8Array.from(phantom.samples, (value) =>
    Math.min(255, Math.max(0, 255 * ((value - windowCenter) / windowWidth + 0.5))),
  );
  const small = areaMean({ Rows, Columns, grey }, side, side);
  return sharp(Buffer.from(Uint8Array.from(small)), {
    raw: { width: side, height: side, channels: 1 },
  })
    .webp({ lossless: true })
    .toBuffer();
}

/** Two ellipses for each film, packed as NumPy would. */
function packedMasks(files: readonly string[]): Uint8Array {
  const inside = (x: number, y: number) =>
    Math.min(Math.abs(x - 0.3), Math.abs(x - 0.7)) ** 2 / 0.02 + (y - 0.45) ** 2 / 0.09 < 1;
  const bits = new Uint8Array((maskSide * maskSide) / 8);
  for (let at = 0; at < maskSide * maskSide; at++) {
    if (inside((at % maskSide) / maskSide, Math.floor(at / maskSide) / maskSide)) {
      bits[at >> 3] = bits[at >> 3]! | (128 >> (at & 7));
    }
  }
  const letters = 64;
  const names = new Uint32Array(files.length * letters);
  files.forEach((file, index) => {
    const name = `cxr224/${file}`;
    for (let at = 0; at < name.length; at++) names[index * letters + at] = name.charCodeAt(at);
  });
  const shape = new BigInt64Array([BigInt(maskSide), BigInt(maskSide)]);
  const all = new Uint8Array(files.length * bits.length);
  files.forEach((_, index) => {
    all.set(bits, index * bits.length);
  });
  return zipSync({
    'names.npy': array(`<U${letters}`, `(${files.length},)`, new Uint8Array(names.buffer)),
    'bits.npy': array('|u1', `(${files.length}, ${bits.length})`, all),
    'shape.npy': array('<i8', '(2,)', new Uint8Array(shape.buffer)),
  });
}

/** @see numpy.lib.format, version 1.0 */
function array(type: string, shape: string, bytes: Uint8Array): Uint8Array {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  const prefix = Uint8Array.from([
    0x93,
    ...strToU8('NUMPY'),
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ]);
  return Buffer.concat([prefix, strToU8(header), bytes]);
}

/** A file as a JSON document. */
export function jsonIn(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
