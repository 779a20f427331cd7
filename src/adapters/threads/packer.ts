import { type NativeThreads, startNativeThreads } from './native-threads.js';

/** Pictures come in bursts; memory that waits for the next one is not kept for longer than that, ms. */
const idleMs = 30_000;

/**
 * One thread for JPEG 2000, which takes 41 bytes a pixel of memory that never shrinks: it begins with the first picture,
 * keeps its memory for those that follow soon, and ends with it.
 */
export function startPacker(): NativeThreads {
  const file = new URL('./pack-worker.js', import.meta.url);
  return startNativeThreads(file, { maxThreads: 1, idleTimeout: idleMs });
}
