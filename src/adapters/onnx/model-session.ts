import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { Provider } from '../../domain/hardware.js';
import { asColouriseError, ColouriseError } from '../../domain/errors.js';
import { modelInput } from '../../imaging/model-input.js';
import { goldenFault, goldenThumbnail } from '../../models/golden.js';
import type { InstalledModel } from '../../models/registry.js';
import { assertHash } from '../../models/weights.js';
import { type Outputs, outputsOfPictures, tensorsOf } from './outputs.js';

export interface SessionOptions {
  readonly provider: Provider;
  /** GPU by its number; CUDA only. */
  readonly device: number;
  /** Threads that the session computes with on a processor. */
  readonly threads: number;
  /** Pictures of every run: an incomplete batch is padded, since each new shape costs a GPU up to 1.5 s. */
  readonly batch: number;
  /** Longest that a run may take once the session is warm, ms. */
  readonly maxRunMs: number;
}

/** What of the runtime's session is used: a benchmark puts one in its place that answers at once. */
export type Runner = Pick<InferenceSession, 'inputMetadata' | 'run'>;

/** One network, loaded and held against its golden picture. */
export interface ModelSession {
  /** @param thumbnails 1 to `batch` pictures. @throws `MODEL_FAILED` */
  run(thumbnails: readonly Float32Array[]): Promise<readonly Outputs[]>;
  /** The golden picture again. @throws `MODEL_INVALID`, `PROVIDER_UNAVAILABLE` */
  check(): Promise<void>;
}

// The runtime would write past the log, in colours. What it says of its libraries, cuda-diagnosis finds out again.
env.logLevel = 'fatal';

/**
 * Loads a network and lets it pass its gate: the runtime tells of a missing cuDNN in the first run only, and a
 * provider that computes wrongly or on the wrong hardware not at all.
 * @throws `MODEL_NOT_FOUND`, `MODEL_INVALID`, `MODEL_FAILED`, `PROVIDER_UNAVAILABLE`
 */
export async function openModelSession(
  model: InstalledModel,
  options: SessionOptions,
  create: typeof createSession = createSession,
): Promise<ModelSession> {
  const session = await create(model, options);
  assertDynamicBatch(session, model, options);
  const run = paddedRuns(session, model, options.batch);
  const check = () => passGate(run, model, options);
  await check();
  return { run, check };
}

export async function createSession(
  model: InstalledModel,
  { provider, device, threads }: SessionOptions,
): Promise<Runner> {
  const weights = await readFile(model.weightsFile).catch((cause: unknown) => {
    throw new ColouriseError('MODEL_NOT_FOUND', `cannot read ${model.weightsFile}`, { cause });
  });
  assertHash(model, createHash('sha256').update(weights).digest('hex'));
  return InferenceSession.create(weights, {
    executionProviders: [provider === 'cuda' ? { name: provider, deviceId: device } : provider],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: { session: optionsOf(provider) },
  }).catch((cause: unknown) => {
    throw new ColouriseError(
      provider === 'cpu' ? 'MODEL_FAILED' : 'PROVIDER_UNAVAILABLE',
      `${model.manifest.name} does not load on ${provider}: ${String(cause).trim()}`,
      { cause },
    );
  });
}

function optionsOf(provider: Provider): Readonly<Record<string, string>> {
  // Unsupported operators must fail, not slip onto the CPU.
  if (provider !== 'cpu') return { disable_cpu_ep_fallback: '1' };
  return sumsOverflow() ? { x64quantprecision: '1' } : {};
}

/**
 * Where a processor lacks the instructions for it, the runtime sums products of eight bits in sixteen, which overflow,
 * unless it is told to take slower ones.
 */
function sumsOverflow(): boolean {
  if (process.arch !== 'x64') return false;
  try {
    return !/\bavx(512)?_vnni\b/.test(readFileSync('/proc/cpuinfo', 'latin1'));
  } catch {
    return true;
  }
}

/** @throws `MODEL_INVALID` when the network takes another number of pictures than a batch has */
function assertDynamicBatch(
  session: Runner,
  { manifest: { name, input } }: InstalledModel,
  { batch }: SessionOptions,
): void {
  const found = session.inputMetadata.find((each) => each.name === input.tensor);
  const axis = found?.isTensor ? found.shape[0] : undefined;
  if (typeof axis === 'string' || axis === batch) return;
  throw new ColouriseError(
    'MODEL_INVALID',
    `${name}: its input '${input.tensor}' takes ${axis ?? 'no'} pictures at once, not any number`,
  );
}

/** Runs of always one size over the same memory: one after the other, as a thread has one task at a time. */
function paddedRuns(
  session: Runner,
  { manifest: { name, input, outputs, golden } }: InstalledModel,
  batch: number,
): ModelSession['run'] {
  const { tensor, rows, columns, preprocessing } = input;
  const pixels = rows * columns;
  const luminanceNchw = new Float32Array(batch * pixels);
  const feeds = { [tensor]: new Tensor('float32', luminanceNchw, [batch, 1, rows, columns]) };
  // What nobody reads need not come back from a GPU.
  const wanted = [...new Set([...tensorsOf(outputs), ...Object.keys(golden.outputs)])];
  return async (thumbnails) => {
    for (const [at, thumbnail] of thumbnails.entries()) {
      if (thumbnail.length !== pixels) {
        throw new ColouriseError('MODEL_FAILED', `${name} takes ${rows} × ${columns} pixels`);
      }
      modelInput(thumbnail, preprocessing, luminanceNchw.subarray(at * pixels, (at + 1) * pixels));
    }
    // Padding, so that no picture of an earlier run is computed again.
    luminanceNchw.fill(0, thumbnails.length * pixels);
    const answers = await session.run(feeds, wanted).catch((cause: unknown) => {
      throw new ColouriseError('MODEL_FAILED', `${name}: ${String(cause)}`, { cause });
    });
    return outputsOfPictures(answers, batch, thumbnails.length);
  };
}

/** A run that took too long is timed again: the first of a shape is slow, and the machine may have been busy. */
const timedRuns = 3;

/** The golden picture in every place of a batch, then alone among padding and against the clock. */
async function passGate(
  run: ModelSession['run'],
  model: InstalledModel,
  { provider, batch, maxRunMs }: SessionOptions,
): Promise<void> {
  const { name, input } = model.manifest;
  const golden = goldenThumbnail(input.rows, input.columns);
  const answers = async (count: number): Promise<number> => {
    const start = performance.now();
    const outputs = await run(Array.from({ length: count }, () => golden)).catch(
      (cause: unknown) => {
        throw refused(provider, asColouriseError(cause).message);
      },
    );
    const tookMs = performance.now() - start;
    for (const each of outputs) {
      const fault = goldenFault(model.manifest, each, provider);
      if (fault === undefined) continue;
      throw refused(provider, `${name} on ${provider} fails its golden picture: ${fault}`);
    }
    return tookMs;
  };
  if (batch > 1) await answers(batch);
  let fastestMs = Infinity;
  for (let timed = 0; timed < timedRuns && fastestMs > maxRunMs; timed++) {
    fastestMs = Math.min(fastestMs, await answers(1));
  }
  if (fastestMs <= maxRunMs) return;
  throw new ColouriseError(
    'PROVIDER_UNAVAILABLE',
    `${name} takes ${fastestMs.toFixed(0)} ms for ${batch} pictures on ${provider}, more than ${maxRunMs} ms (inference.maxRunMs)`,
  );
}

/** On the CPU the model is to blame: it is where the golden outputs come from. */
function refused(provider: Provider, reason: string): ColouriseError {
  return new ColouriseError(provider === 'cpu' ? 'MODEL_INVALID' : 'PROVIDER_UNAVAILABLE', reason);
}
