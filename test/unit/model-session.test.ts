import assert from 'node:assert/strict';
import { Tensor } from 'onnxruntime-node';
import { openModelSession, type Runner } from '../../src/adapters/onnx/model-session.js';
import { colouringOf } from '../../src/adapters/onnx/outputs.js';
import type { InstalledModel } from '../../src/models/registry.js';

const model = {
  manifest: {
    name: 'fake',
    input: { tensor: 'luminance', rows: 2, columns: 2, preprocessing: 'lightness' },
    outputs: { kind: 'evidence', evidence: 'evidence', lungs: 'lung' },
    golden: { tolerance: 0, outputs: {} },
  },
} as unknown as InstalledModel;
const options = { provider: 'cuda', device: 0, threads: 1, batch: 3, maxRunMs: 1_000 } as const;

/** A runtime that gives the first pixel of each picture as its evidence. */
function runtime() {
  const runs: { readonly input: readonly number[]; readonly wanted: readonly string[] }[] = [];
  const run = (feeds: Readonly<Record<string, Tensor>>, wanted: readonly string[]) => {
    const input = [...(feeds['luminance']?.data as Float32Array)];
    runs.push({ input, wanted });
    const firsts = [0, 4, 8].flatMap((at) => [input[at] ?? NaN, 2, -2, 0]);
    const output = new Tensor('float32', Float32Array.from(firsts), [3, 1, 2, 2]);
    return Promise.resolve({ evidence: output, lung: output });
  };
  const inputMetadata = [{ name: 'luminance', isTensor: true, shape: ['batch', 1, 2, 2] }];
  return { runs, create: () => Promise.resolve({ inputMetadata, run } as unknown as Runner) };
}

const picture = (grey: number) => new Float32Array(4).fill(grey);

describe('a session of a model', () => {
  it('asks the runtime for the outputs that a colouring is made of, and for no others', async () => {
    const { runs, create } = runtime();
    const session = await openModelSession(model, options, create);
    await session.run([picture(0)]);
    assert.deepEqual(runs.at(-1)?.wanted, ['evidence', 'lung']);
  });

  it('fills up with padding, not with pictures of the run before', async () => {
    const { runs, create } = runtime();
    const session = await openModelSession(model, options, create);
    await session.run([picture(255), picture(255), picture(255)]);
    const answers = await session.run([picture(0)]);
    assert.equal(answers.length, 1);
    assert.deepEqual(runs.at(-1)?.input, [-1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('gives each picture its own, on memory that threads share', async () => {
    const { create } = runtime();
    const session = await openModelSession(model, options, create);
    const [first, second] = await session.run([picture(0), picture(255)]);
    const colourings = [first!, second!].map((outputs) => colouringOf(model, outputs));
    await session.run([picture(0), picture(0)]);
    const [dark, bright] = colourings.map((each) => each.kind === 'evidence' && each.evidence);
    assert.deepEqual([...(dark || [])], [0, 1, 0, 0]);
    assert.deepEqual([...(bright || [])].map(Math.round), [1, 1, 0, 0]);
    assert.ok(bright && bright.buffer instanceof SharedArrayBuffer);
  });
});
