/**
 * What a network sees, as the product makes it, for `python3 -m training quantise`:
 *   node scripts/training-pictures.mjs WORK DATA [FILMS]
 * Writes WORK/pictures.f32, inputs of 256 × 256 one behind the other: 160 films of the train fold (never of validation or
 * test), every fourth turned as the image check turns pictures, the golden picture, and phantoms of chests and hands.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeCodes } from '../dist/src/dicom/decode-frame.js';
import { readInstance } from '../dist/src/dicom/read-instance.js';
import { openPictureFolder } from '../dist/src/evaluation/picture-folder.js';
import { areaMean } from '../dist/src/imaging/area-mean.js';
import { displayGrey } from '../dist/src/imaging/display.js';
import { modelInput } from '../dist/src/imaging/model-input.js';
import { turned } from '../dist/src/imaging/turn.js';
import { goldenThumbnail } from '../dist/src/models/golden.js';
import { makeChestPhantom, opacityPlaces } from '../dist/src/phantom/chest-phantom.js';
import { makeHandPhantom } from '../dist/src/phantom/hand-phantom.js';
import { phantomInstance } from '../dist/src/phantom/phantom-instance.js';

const [work, data, fewer] = process.argv.slice(2);
if (work === undefined || data === undefined) {
  console.error('usage: node scripts/training-pictures.mjs WORK DATA [FILMS]');
  process.exit(2);
}
const side = 256;
const films = Number(fewer ?? 160);
const phantoms = films / 10;

/** As many of each collection and label, evenly spread. */
async function chosenFilms() {
  const { training } = await openPictureFolder(data);
  const groups = new Map();
  for (const film of training) {
    const key = film.group + film.label;
    groups.set(key, [...(groups.get(key) ?? []), film]);
  }
  const each = films / groups.size;
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: each }, (_, at) => group[Math.floor((at * group.length) / each)]),
  );
}

async function phantomThumbnail(seed) {
  const opacity = seed % 2 ? 'none' : opacityPlaces[(seed / 2) % opacityPlaces.length];
  const options = { seed: 700 + seed, Columns: 512, Rows: 614, opacity };
  const phantom = seed <= 12 ? makeChestPhantom(options) : makeHandPhantom(options);
  const uids = {
    StudyInstanceUID: '2.25.1',
    SeriesInstanceUID: '2.25.2',
    SOPInstanceUID: '2.25.3',
  };
  const names = { PatientName: 'P', PatientID: 'P', StudyDescription: 'c' };
  const instance = readInstance(phantomInstance(phantom, { ...names, ...uids }));
  const frame = await decodeCodes(instance, { maxPixels: 5e7 });
  return areaMean(displayGrey(frame, instance.attributes).image, side, side);
}

const turns = (thumbnail) => [1, 2, 3].map((quarter) => turned(thumbnail, side, side, quarter));

async function* thumbnails() {
  for (const [index, film] of (await chosenFilms()).entries()) {
    const thumbnail = areaMean(await film.load(), side, side);
    yield thumbnail;
    if (index % 4 === 0) yield* turns(thumbnail);
  }
  yield goldenThumbnail(side, side);
  for (let seed = 1; seed <= phantoms; seed++) {
    const thumbnail = await phantomThumbnail(seed);
    yield thumbnail;
    if (seed % 4 === 0) yield* turns(thumbnail);
  }
}

const inputs = [];
for await (const thumbnail of thumbnails()) {
  inputs.push(new Uint8Array(modelInput(thumbnail, 'rank-equalised').buffer));
}
writeFileSync(join(work, 'pictures.f32'), Buffer.concat(inputs));
