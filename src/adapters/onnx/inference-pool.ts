import { createRequire } from 'node:module';
import { Piscina } from 'piscina';
import type { Colouring } from '../../ports/colouring.js';
import type { Networks } from '../../ports/networks.js';
import { arrived, type Crossing } from '../threads/crossing.js';
import type { InferenceTask } from './inference-worker.js';

export interface InferenceOptions {
  readonly provider: InferenceTask['provider'];
  /** Worker threads, each with one session a model. */
  readonly sessions: number;
  /** Threads that one session computes with. */
  readonly threads: number;
  /** Hears of each run: the pictures in it, and the places that it has for them. */
  readonly onRun?: (pictures: number, places: number) => void;
}

/**
 * Networks on ONNX Runtime, one session a model in each worker thread.
 * Since 1.29 the runtime reports sessions, models and errors to its maker unless this variable stands
 * before it is loaded. It reads the environment of the process, which only the main thread can set.
 */
export function createInferencePool({
  provider,
  sessions,
  threads,
  onRun,
}: InferenceOptions): Networks {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const pool = new Piscina<unknown, Crossing<unknown>>({
    filename: new URL('./inference-worker.js', import.meta.url).href,
    minThreads: sessions,
    maxThreads: sessions,
    concurrentTasksPerWorker: 1,
  });
  return {
    provenance: { provider, runtime: `onnxruntime-node ${runtimeVersion()}` },
    async infer(model, thumbnail) {
      const task: InferenceTask = { model, provider, threads, thumbnail };
      const crossed = (await pool.run(task, { name: 'infer' })) as Crossing<Colouring>;
      onRun?.(1, 1);
      return arrived(crossed);
    },
    async warm(model) {
      const crossings = await Promise.all(
        Array.from({ length: sessions }, () =>
          pool.run({ model, provider, threads }, { name: 'load' }),
        ),
      );
      crossings.forEach(arrived);
    },
    close: () => pool.destroy(),
  };
}

function runtimeVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('onnxruntime-node/package.json') as { version: string }).version;
}
