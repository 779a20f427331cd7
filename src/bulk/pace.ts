import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Lets at most so many pass in a second, evenly; rejects with the reason of the signal.
 * @param perSecond above 0
 */
export function createPace(perSecond: number): (signal: AbortSignal) => Promise<void> {
  const everyMs = 1000 / perSecond;
  let next = 0;
  return async (signal) => {
    signal.throwIfAborted();
    const now = performance.now();
    const waitMs = next - now;
    next = Math.max(now, next) + everyMs;
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
  };
}
