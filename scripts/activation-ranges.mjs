/**
 * How a network's inner tensors are spread, for `python3 -m training quantise`:
 *   node scripts/activation-ranges.mjs WORK
 * WORK holds all.onnx, which gives every tensor that activations.json names, and pictures.f32 of `training-pictures.mjs`;
 * ranges.json is written beside them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Before the runtime is loaded: it would report to its maker.
process.env.ORT_DISABLE_TELEMETRY = '1';
const { InferenceSession, Tensor } = await import('onnxruntime-node');

const [work] = process.argv.slice(2);
if (work === undefined) {
  console.error('usage: node scripts/activation-ranges.mjs WORK');
  process.exit(2);
}
const side = 256;
const bins = 8192;
const names = JSON.parse(readFileSync(join(work, 'activations.json'), 'utf8'));

function* inputs() {
  const { buffer, byteOffset, length } = readFileSync(join(work, 'pictures.f32'));
  for (let at = 0; at < length; at += 4 * side * side) {
    yield new Float32Array(buffer, byteOffset + at, side * side);
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

/** Adds the mean of each channel of [1, channels, rows, columns]. */
function addMeans(sums, { data, dims }) {
  const channels = dims[1];
  const cells = data.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let at = channel * cells; at < (channel + 1) * cells; at++) sum += data[at];
    sums[channel] = (sums[channel] ?? 0) + sum / cells;
  }
}

const histograms = new Map(
  names.map((name) => [
    name,
    { min: Infinity, max: -Infinity, reach: 1, bins: new Float64Array(bins), sums: [] },
  ]),
);
const session = await InferenceSession.create(join(work, 'all.onnx'), {
  graphOptimizationLevel: 'basic',
  intraOpNumThreads: 1,
});
let shown = 0;
for (const input of inputs()) {
  const outputs = await session.run({
    luminance: new Tensor('float32', input, [1, 1, side, side]),
  });
  for (const name of names) {
    count(histograms.get(name), outputs[name].data);
    addMeans(histograms.get(name).sums, outputs[name]);
  }
  shown += 1;
}
const ranges = [...histograms].map(([name, { min, max, reach, bins: counted, sums }]) => [
  name,
  {
    ...{ min, max, lo: -reach, hi: reach, bins: [...counted] },
    means: sums.map((sum) => sum / shown),
  },
]);
writeFileSync(join(work, 'ranges.json'), JSON.stringify(Object.fromEntries(ranges)));
