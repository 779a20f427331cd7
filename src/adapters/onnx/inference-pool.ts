import { createRequire } from 'node:module';
import { asColouriseError, ColouriseError, type ErrorCode } from '../../domain/errors.js';
import type { InferenceProvenance } from '../../domain/hardware.js';
import type { InstalledModel } from '../../models/registry.js';
import type { Colouring } from '../../ports/colouring.js';
import type { Networks } from '../../ports/networks.js';
import { arrived, crossing, type Crossing } from '../threads/crossing.js';
import { Batcher, type Clock } from './batcher.js';
import { type InferenceThreads, startInferenceThreads } from './inference-threads.js';
import type { SessionOptions } from './model-session.js';

export interface InferenceOptions extends SessionOptions {
  /** Worker threads, each with one session a model. */
  readonly sessions: number;
  /** How long a picture waits for others to fill its batch, ms. */
  readonly batchWaitMs: number;
  readonly provenance?: Pick<InferenceProvenance, 'device' | 'fallback'>;
  /** Hears of each run: the pictures in it, and the places that it has for them. */
  readonly onRun?: (pictures: number, places: number) => void;
  /** Called once if the hardware stops to answer its golden picture: nothing more is computed then. */
  readonly onLost?: (fault: ColouriseError) => void;
}

/** Networks on ONNX Runtime, one session a model in each worker thread. */
export function createInferencePool(options: InferenceOptions): Networks {
  const { sessions, provider, device, threads, batch, maxRunMs } = options;
  const session = { provider, device, threads, batch, maxRunMs };
  return networksOver(startInferenceThreads(sessions, session), options);
}

/** The same over given threads and time. */
export function networksOver(
  threads: InferenceThreads,
  options: Omit<InferenceOptions, 'device' | 'threads' | 'maxRunMs'>,
  clock?: Clock,
): Networks {
  const { provider, sessions, batch, batchWaitMs, onRun, onLost } = options;
  const fill = new Array<number>(batch).fill(0);
  let [runMs, splitBatches, failures] = [0, 0, 0];
  let lost: ColouriseError | undefined;
  let loading: Promise<void> = Promise.resolve();

  async function runBatch(
    model: InstalledModel,
    thumbnails: readonly Float32Array[],
  ): Promise<readonly Crossing<Colouring>[]> {
    fill[thumbnails.length - 1] = (fill[thumbnails.length - 1] ?? 0) + 1;
    onRun?.(thumbnails.length, batch);
    const start = performance.now();
    try {
      return await threads.run(model, thumbnails);
    } catch (thrown) {
      const fault = asColouriseError(thrown);
      if (ofTheModel.has(fault.code)) throw fault;
      return thumbnails.length > 1 ? await singly(model, thumbnails) : [await blame(model, fault)];
    } finally {
      runMs += performance.now() - start;
    }
  }

  /** So that one picture which no network can take does not fail its neighbours. */
  async function singly(
    model: InstalledModel,
    thumbnails: readonly Float32Array[],
  ): Promise<readonly Crossing<Colouring>[]> {
    splitBatches++;
    const answers: Crossing<Colouring>[] = [];
    for (const thumbnail of thumbnails) answers.push(await alone(model, thumbnail));
    return answers;
  }

  async function alone(
    model: InstalledModel,
    thumbnail: Float32Array,
  ): Promise<Crossing<Colouring>> {
    if (lost) return { code: lost.code, message: lost.message };
    try {
      const [answer] = await threads.run(model, [thumbnail]);
      if (answer === undefined) throw new Error('no answer for a picture');
      return answer;
    } catch (thrown) {
      return blame(model, asColouriseError(thrown));
    }
  }

  /** Is it the picture, or can the hardware not even do its golden one any more? */
  async function blame(model: InstalledModel, fault: ColouriseError): Promise<Crossing<never>> {
    if (lost === undefined) {
      const verdict = await crossing(() => threads.check(model));
      if ('code' in verdict) {
        lost = new ColouriseError(
          'PROVIDER_UNAVAILABLE',
          `${provider} stopped to work: ${fault.message}; then ${verdict.message}`,
        );
        onLost?.(lost);
      }
    }
    const { code, message } = lost ?? fault;
    return { code, message };
  }

  const batcher = new Batcher({
    size: batch,
    waitMs: batch > 1 ? batchWaitMs : 0,
    lanes: sessions,
    run: runBatch,
    ...(clock === undefined ? {} : { clock }),
  });

  return {
    provenance: {
      provider,
      runtime: `onnxruntime-node ${runtimeVersion()}`,
      batch,
      ...options.provenance,
    },
    sessions,
    async infer(model, thumbnail, signal) {
      try {
        if (lost) throw lost;
        return arrived(await batcher.submit(model, thumbnail, signal));
      } catch (thrown) {
        if (signal?.aborted !== true) failures++;
        throw thrown;
      }
    },
    warm(model) {
      // One model after the other: only then does each idle thread get one task.
      loading = loading.catch(() => undefined).then(() => threads.load(model));
      return loading;
    },
    stats: () => ({
      waiting: batcher.waiting,
      running: batcher.running,
      fill: [...fill],
      runMs,
      splitBatches,
      failures,
    }),
    close: () => threads.close(),
  };
}

/** No picture is to blame for these, and none would fare better alone. */
const ofTheModel: ReadonlySet<ErrorCode> = new Set([
  'MODEL_NOT_FOUND',
  'MODEL_INVALID',
  'PROVIDER_UNAVAILABLE',
]);

export function runtimeVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('onnxruntime-node/package.json') as { version: string }).version;
}
