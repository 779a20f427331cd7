/**
 * How a network's inner tensors are spread, for `python3 -m training quantise`:
 *   node scripts/activation-ranges.mjs WORK DATA [FILMS]
 * WORK holds all.onnx, which gives every tensor that activations.json names; ranges.json is written beside them. What is shown: 160
 * films of the train fold (never of validation or test), every fourth turned as the image check turns pictures, the golden
 * picture, and phantoms of chests and hands.
 */
import { readFileSync, writeFileSync } from 'node:fs';
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

// Before the runtime is loaded: it would report to its maker.
process.env.ORT_DISABLE_TELEMETRY = '1';
const { InferenceSession, Tensor } = await import('onnxruntime-node');

const [work, data, fewer] = process.argv.slice(2);
if (work === undefined || data === undefined) {
  console.error('usage: node scripts/activation-ranges.mjs WORK DATA [FILMS]');
  process.exit(2);
}
const side = 256;
const films = Number(fewer ?? 160);
const phantoms = films / 10;
const bins = 8192;
const names = JSON.parse(readFileSync(join(work, 'activations.json'), 'utf8'));

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

/** Counts values in bins from -reach to reach, which doubles as needed. */
function count(histogram, values) {
  for (const value of values) {
    if (value < histogram.min) histogram.min = value;
    if (value > histogram.max) histogram.max = value;
  }
  while (Math.max(-histogram.min, histogram.max) >= histogram.reach) {
    const wider = new Float64Array(bins);
    histogram.bins.forEach((number, at) => (wider[(at >> 1) + bins / 4] += number));
    histogram.bins = wider;
    histogram.reach *= 2;
  }
  const { reach } = histogram;
  for (const value of values) histogram.bins[((value + reach) * (bins / (2 * reach))) | 0] += 1;
}

const histograms = new Map(
  names.map((name) => [
    name,
    { min: Infinity, max: -Infinity, reach: 1, bins: new Float64Array(bins) },
  ]),
);
const session = await InferenceSession.create(join(work, 'all.onnx'), {
  graphOptimizationLevel: 'basic',
  intraOpNumThreads: 1,
});
for await (const thumbnail of thumbnails()) {
  const input = modelInput(thumbnail, 'rank-equalised');
  const outputs = await session.run({
    luminance: new Tensor('float32', input, [1, 1, side, side]),
  });
  for (const name of names) count(histograms.get(name), outputs[name].data);
}
const ranges = [...histograms].map(([name, { min, max, reach, bins: counted }]) => [
  name,
  { min, max, lo: -reach, hi: reach, bins: [...counted] },
]);
writeFileSync(join(work, 'ranges.json'), JSON.stringify(Object.fromEntries(ranges)));
