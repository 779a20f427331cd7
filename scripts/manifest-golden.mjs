/**
 * Writes the weights' hash and the golden outputs into a model's manifest:
 *   node scripts/manifest-golden.mjs models/<name>
 * Run it once for new weights, on the CPU provider, and review the difference.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelInput } from '../dist/src/imaging/model-input.js';
import { goldenOutputs, goldenThumbnail } from '../dist/src/models/golden.js';

// Before the runtime is loaded: it would report to its maker.
process.env.ORT_DISABLE_TELEMETRY = '1';
const { InferenceSession, Tensor } = await import('onnxruntime-node');

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node scripts/manifest-golden.mjs models/<name>');
  process.exit(2);
}
const file = join(folder, 'manifest.json');
const manifest = JSON.parse(readFileSync(file, 'utf8'));
const weights = readFileSync(join(folder, manifest.weights.file));
const { tensor, rows, columns, preprocessing } = manifest.input;
const session = await InferenceSession.create(weights);
const input = modelInput(goldenThumbnail(rows, columns), preprocessing);
const outputs = await session.run({
  [tensor]: new Tensor('float32', input, [1, 1, rows, columns]),
});
const rounded = Object.entries(
  goldenOutputs(
    Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data])),
  ),
).map(([name, values]) => [name, values.map((value) => Number(value.toPrecision(7)))]);
manifest.weights.sha256 = createHash('sha256').update(weights).digest('hex');
const { tolerance = 0.005, toleranceOnGpu } = manifest.golden ?? {};
manifest.golden = {
  tolerance,
  ...(toleranceOnGpu && { toleranceOnGpu }),
  outputs: Object.fromEntries(rounded),
};
writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
