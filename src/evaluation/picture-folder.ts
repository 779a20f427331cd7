import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { parseTar } from 'nanotar';
import sharp from 'sharp';
import { ColouriseError } from '../domain/errors.js';
import type { GreyImage } from '../ports/colouring.js';
import type { Box, Film, FilmCollection, Label, Mask } from './film.js';
import { type Fold, foldOf, type FoldRow, heldOutPatients } from './folds.js';
import { readLungMasks, stemOf } from './lung-masks.js';

interface IndexRow extends FoldRow {
  readonly tar: string;
  readonly file: string;
  readonly lung_mask112: string;
}

interface BoxRow extends Record<'x' | 'y' | 'w' | 'h' | 'image_w' | 'image_h', string> {
  readonly file: string;
  readonly class: string;
}

/** What stands in the index for `Film.group`, for people. */
const groups: Readonly<Record<string, string>> = { 'kermany-224': 'Kermany', nih14: 'NIH' };
const normal = new Set(['normal', 'adult_normal']);

/**
 * Radiographs as grey pictures in tars, with `index.csv`, `boxes.csv` and packed lung masks.
 * Held out are the folds test and boxes; baselines learn from train.
 * @throws ColouriseError `USAGE` when the folder is of another kind
 */
export async function openPictureFolder(folder: string): Promise<FilmCollection> {
  const rows = await readRows<IndexRow>(join(folder, 'index.csv'));
  const boxes = boxesByStem(await readRows<BoxRow>(join(folder, 'boxes.csv')));
  const masks = readLungMasks(await readFile(join(folder, 'lungmask112_packed.npz')));
  const held = heldOutPatients(rows);
  const divided = rows.map((row) => {
    const ofFilm = row.set === 'nih14' ? (boxes.get(stemOf(row.file)) ?? []) : [];
    return { row, boxes: ofFilm, fold: foldOf(row, held, ofFilm.length > 0) };
  });
  const pictures = pictureReader(folder);
  const films = (...folds: Fold[]) =>
    divided
      .filter(({ fold }) => folds.includes(fold))
      .map((each) => filmOf(each.row, each.fold, each.boxes, masks, pictures));
  return {
    name: 'pictures with index.csv',
    films: films('test', 'boxes'),
    training: films('train'),
  };
}

function filmOf(
  row: IndexRow,
  fold: Fold,
  boxes: readonly Box[],
  masks: ReadonlyMap<string, Mask>,
  pictures: (tar: string, file: string) => Promise<GreyImage>,
): Film {
  const lungs = row.lung_mask112 === '' ? undefined : masks.get(stemOf(row.lung_mask112));
  const label: Label = normal.has(row.label) ? 'normal' : 'pneumonia';
  return {
    id: `${row.tar}/${row.file}`,
    // Films with boxes that are in no test fold are all of one label: apart, so that they move no AUC.
    group: fold === 'boxes' ? 'NIH, boxes only' : (groups[row.set] ?? row.set),
    patient: row.patient,
    label,
    boxes,
    ...(lungs ? { lungs } : {}),
    load: () => pictures(row.tar, row.file),
  };
}

async function readRows<Row>(file: string): Promise<readonly Row[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ColouriseError('USAGE', `cannot read ${file}`, { cause });
  });
  return parse(text, { columns: true, skip_empty_lines: true });
}

function boxesByStem(rows: readonly BoxRow[]): ReadonlyMap<string, readonly Box[]> {
  const found = new Map<string, Box[]>();
  for (const row of rows.filter((each) => each.class === 'Pneumonia')) {
    const [x, y, w, h, across, down] = [row.x, row.y, row.w, row.h, row.image_w, row.image_h].map(
      Number,
    ) as [number, number, number, number, number, number];
    const box = { x: x / across, y: y / down, width: w / across, height: h / down };
    const stem = stemOf(row.file);
    found.set(stem, [...(found.get(stem) ?? []), box]);
  }
  return found;
}

/** Reads each tar once, when the first of its pictures is asked for. */
function pictureReader(folder: string): (tar: string, file: string) => Promise<GreyImage> {
  const tars = new Map<string, Promise<ReadonlyMap<string, Uint8Array>>>();
  const open = async (tar: string) => {
    const entries = parseTar(await readFile(join(folder, `${tar}.tar`)));
    return new Map(entries.flatMap(({ name, data }) => (data ? [[name, data]] : [])));
  };
  return async (tar, file) => {
    const opened = tars.get(tar) ?? open(tar);
    tars.set(tar, opened);
    const bytes = (await opened).get(file);
    if (bytes === undefined) throw new ColouriseError('USAGE', `${tar}.tar has no ${file}`);
    return greyOf(bytes);
  };
}

/** A grey picture of any common format as it is shown. @throws ColouriseError `CORRUPT_PIXEL_DATA` */
async function greyOf(bytes: Uint8Array): Promise<GreyImage> {
  const { data, info } = await sharp(bytes)
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new ColouriseError('CORRUPT_PIXEL_DATA', 'the picture cannot be decoded', { cause });
    });
  return { Rows: info.height, Columns: info.width, grey: shared(data, info.channels) };
}

/** The first channel, on shared memory: it crosses to the drawing threads without a copy. */
function shared(data: Uint8Array, channels: number): Uint8Array {
  const grey = new Uint8Array(new SharedArrayBuffer(data.length / channels));
  for (let at = 0; at < grey.length; at++) grey[at] = data[at * channels]!;
  return grey;
}
