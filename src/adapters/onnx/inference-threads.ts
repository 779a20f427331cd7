import { ColouriseError } from '../../domain/errors.js';
import type { InstalledModel } from '../../models/registry.js';
import type { Colouring } from '../../ports/colouring.js';
import { arrived, type Crossing } from '../threads/crossing.js';
import { startNativeThreads } from '../threads/native-threads.js';
import type { BatchTask, ModelTask } from './inference-worker.js';
import type { SessionOptions } from './model-session.js';

/** Threads with sessions, as the pool sees them. */
export interface InferenceThreads {
  /** In each thread. */
  load(model: InstalledModel): Promise<void>;
  run(
    model: InstalledModel,
    thumbnails: readonly Float32Array[],
  ): Promise<readonly Crossing<Colouring>[]>;
  /** Rejects when the hardware no longer answers the golden picture. */
  check(model: InstalledModel): Promise<void>;
  close(): Promise<void>;
}

/** A run that takes longer will never end: its thread is given up, ms. */
const longestRunMs = 120_000;

/**
 * Since 1.29 the runtime reports sessions, models and errors to its maker unless this variable stands
 * before it is loaded. It reads the environment of the process, which only the main thread can set.
 * And CUDA numbers GPUs by speed unless told to do as nvidia-smi does.
 */
export function startInferenceThreads(
  sessions: number,
  options: SessionOptions,
  file = new URL('./inference-worker.js', import.meta.url),
): InferenceThreads {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  process.env['CUDA_DEVICE_ORDER'] ??= 'PCI_BUS_ID';
  const pool = startNativeThreads(file, { maxThreads: sessions });

  async function run<T>(name: 'infer' | 'load' | 'check', task: ModelTask | BatchTask): Promise<T> {
    const limit = AbortSignal.timeout(longestRunMs);
    try {
      return arrived((await pool.run(task, { name, signal: limit })) as Crossing<T>);
    } catch (thrown) {
      if (!limit.aborted) throw thrown;
      throw new ColouriseError('MODEL_FAILED', `inference took longer than ${longestRunMs} ms`);
    }
  }

  return {
    async load(model) {
      await Promise.all(Array.from({ length: sessions }, () => run('load', { model, options })));
    },
    run: (model, thumbnails) => run('infer', { model, options, thumbnails }),
    check: (model) => run('check', { model, options }),
    close: () => pool.close(),
  };
}
