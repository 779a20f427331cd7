/** As the worker of the product, but its session computes one picture once and then says the same of all. */
import { Tensor } from 'onnxruntime-node';
import { sessionTasks } from '../src/adapters/onnx/inference-worker.js';
import {
  createSession,
  openModelSession,
  type Runner,
  type SessionOptions,
} from '../src/adapters/onnx/model-session.js';
import type { InstalledModel } from '../src/models/registry.js';

type Answers = Awaited<ReturnType<Runner['run']>>;

async function createInstant(model: InstalledModel, options: SessionOptions): Promise<Runner> {
  const { inputMetadata, run } = bound(await createSession(model, options));
  const { tensor, rows, columns } = model.manifest.input;
  let known: Promise<Answers> | undefined;
  const compute = async (feeds: Parameters<Runner['run']>[0], wanted: readonly string[]) => {
    const first = (feeds[tensor]?.data as Float32Array).slice(0, rows * columns);
    const alone = { [tensor]: new Tensor('float32', first, [1, 1, rows, columns]) };
    const answers = Object.entries(await run(alone, wanted));
    return Object.fromEntries(
      answers.map(([name, answer]) => [name, repeated(answer, options.batch)]),
    );
  };
  return {
    inputMetadata,
    run: (feeds: Parameters<Runner['run']>[0], wanted: readonly string[]) =>
      (known ??= compute(feeds, wanted)),
  } as Runner;
}

const bound = (session: Runner): Runner => ({
  inputMetadata: session.inputMetadata,
  run: session.run.bind(session),
});

function repeated({ data, dims: [, ...dims] }: Tensor, times: number): Tensor {
  const one = data as Float32Array;
  const all = new Float32Array(times * one.length);
  for (let at = 0; at < times; at++) all.set(one, at * one.length);
  return new Tensor('float32', all, [times, ...dims]);
}

export const { infer, load, check } = sessionTasks((model, options) =>
  openModelSession(model, options, createInstant),
);
