import { Piscina } from 'piscina';
import type { NativeThreads } from './native-threads.js';

/** Pictures come in bursts; memory that waits for the next one is not kept for longer than that, ms. */
const idleMs = 30_000;

/**
 * One thread for JPEG 2000, which takes 41 bytes a pixel of memory that never shrinks: it begins with the first picture,
 * keeps its memory for those that follow soon, and ends with it.
 */
export function startPacker(): NativeThreads {
  const pool = new Piscina({
    filename: new URL('./pack-worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleMs,
    concurrentTasksPerWorker: 1,
  });
  return {
    run: async (task, how) => (await pool.run(task, how)) as unknown,
    close: () => pool.destroy(),
  };
}
