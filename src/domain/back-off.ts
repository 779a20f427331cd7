/** Waiting times between attempts: `baseMs` at first, doubled each time, never above `maxMs`. */
export interface BackOff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Milliseconds to wait after the `attempt`-th failure in a row (1 for the first).
 * Half of the step is fixed, half is random, so that jobs which failed together do not return together.
 * @param random a number in [0, 1)
 */
export function backOffMs(attempt: number, backOff: BackOff, random: number): number {
  const step = Math.min(backOff.maxMs, backOff.baseMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(step / 2 + (step / 2) * random);
}
