/**
 * Runs inside a worker thread: `run()` and `create()` of the runtime block their thread.
 * One session a model and thread, kept until the thread ends.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ColouriseError } from '../../domain/errors.js';
import { modelInput } from '../../imaging/model-input.js';
import { goldenFault, goldenThumbnail } from '../../models/golden.js';
import { assertHash, type InstalledModel } from '../../models/registry.js';
import type { Colouring } from '../../ports/colouring.js';
import { crossing, type Crossing } from '../threads/crossing.js';

export interface InferenceTask {
  readonly model: InstalledModel;
  readonly provider: 'cpu' | 'cuda' | 'webgpu';
  /** Threads of the session. */
  readonly threads: number;
  readonly thumbnail: Float32Array;
}

const sessions = new Map<string, Promise<InferenceSession>>();

/** One picture through one network. @throws `MODEL_INVALID`, `MODEL_NOT_FOUND`, `MODEL_FAILED` */
export function infer(task: InferenceTask): Promise<Crossing<Colouring>> {
  return crossing(async () => {
    const session = await sessionOf(task);
    return colouringOf(task.model, await run(session, task.model, task.thumbnail));
  });
}

/** Loads a model and holds it against its golden outputs, without a picture. */
export function load(task: SessionOptions): Promise<Crossing<void>> {
  return crossing(async () => {
    await sessionOf(task);
  });
}

type SessionOptions = Omit<InferenceTask, 'thumbnail'>;

async function sessionOf(options: SessionOptions): Promise<InferenceSession> {
  const { model, provider } = options;
  const key = `${provider} ${model.manifest.weights.sha256}`;
  const known = sessions.get(key);
  if (known) return known;
  const opening = openSession(options);
  sessions.set(key, opening);
  opening.catch(() => sessions.delete(key));
  return opening;
}

async function openSession({
  model,
  provider,
  threads,
}: SessionOptions): Promise<InferenceSession> {
  const weights = await readFile(model.weightsFile).catch((cause: unknown) => {
    throw new ColouriseError('MODEL_NOT_FOUND', `cannot read ${model.weightsFile}`, { cause });
  });
  assertHash(model, createHash('sha256').update(weights).digest('hex'));
  const session = await InferenceSession.create(weights, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Unsupported operators must fail, not slip onto the CPU.
    ...(provider === 'cpu' ? {} : { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
  }).catch((cause: unknown) => {
    throw new ColouriseError(
      'MODEL_FAILED',
      `${model.manifest.name} does not load on ${provider}: ${String(cause)}`,
      { cause },
    );
  });
  const { rows, columns } = model.manifest.input;
  const fault = goldenFault(
    model.manifest,
    await run(session, model, goldenThumbnail(rows, columns)),
  );
  if (fault === undefined) return session;
  throw new ColouriseError(
    'MODEL_INVALID',
    `${model.manifest.name} on ${provider} fails its golden picture: ${fault}`,
  );
}

async function run(
  session: InferenceSession,
  model: InstalledModel,
  thumbnail: Float32Array,
): Promise<Record<string, Float32Array>> {
  const { tensor, rows, columns, preprocessing } = model.manifest.input;
  const luminanceNchw = modelInput(thumbnail, preprocessing);
  const outputs = await session
    .run({ [tensor]: new Tensor('float32', luminanceNchw, [1, 1, rows, columns]) })
    .catch((cause: unknown) => {
      throw new ColouriseError('MODEL_FAILED', `${model.manifest.name}: ${String(cause)}`, {
        cause,
      });
    });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => {
      if (output.type !== 'float32') {
        throw new ColouriseError(
          'MODEL_INVALID',
          `output '${name}' is ${output.type}, not float32`,
        );
      }
      return [name, output.data as Float32Array];
    }),
  );
}

function colouringOf(model: InstalledModel, outputs: Record<string, Float32Array>): Colouring {
  const { outputs: named } = model.manifest;
  const values = (name: string): Float32Array => {
    const found = outputs[name];
    if (found === undefined) {
      throw new ColouriseError('MODEL_INVALID', `${model.manifest.name} has no output '${name}'`);
    }
    return found;
  };
  switch (named.kind) {
    case 'ab': {
      const ab = values(named.ab);
      return { kind: 'ab', ...squareOf(ab.length / 2, model), ab };
    }
    case 'evidence': {
      const evidence = values(named.evidence);
      return {
        kind: 'evidence',
        ...squareOf(evidence.length, model),
        evidence: evidence.map((value) => Math.min(1, Math.max(0, value))),
        ...(named.lungs === undefined ? {} : { lungs: values(named.lungs) }),
        ...(named.probability === undefined
          ? {}
          : { probability: values(named.probability)[0] ?? 0 }),
      };
    }
    default:
      return named satisfies never;
  }
}

/** The output grid: it has the input's proportions. @throws `MODEL_INVALID` */
function squareOf(pixels: number, model: InstalledModel): { rows: number; columns: number } {
  const { rows, columns } = model.manifest.input;
  const scale = Math.sqrt(pixels / (rows * columns));
  const grid = { rows: Math.round(rows * scale), columns: Math.round(columns * scale) };
  if (grid.rows * grid.columns === pixels) return grid;
  throw new ColouriseError(
    'MODEL_INVALID',
    `output of ${pixels} values has no place on the picture`,
  );
}
