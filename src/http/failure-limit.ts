import { MemoryStore, type Options } from 'express-rate-limit';

/** Counts failures by caller, and says when it is enough. */
export interface FailureLimit {
  isReached(key: string): Promise<boolean>;
  count(key: string): Promise<void>;
  /** For `Retry-After`, seconds. */
  readonly retryAfter: string;
}

export function createFailureLimit(most: number, windowMs: number): FailureLimit {
  const failures = new MemoryStore();
  failures.init({ windowMs } as Options);
  return {
    isReached: async (key) => ((await failures.get(key))?.totalHits ?? 0) >= most,
    async count(key) {
      await failures.increment(key);
    },
    retryAfter: String(Math.ceil(windowMs / 1000)),
  };
}
