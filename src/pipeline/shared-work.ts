import type { LRUCache } from 'lru-cache';

interface Running<T> {
  readonly result: Promise<T>;
  readonly ending: AbortController;
  waiting: number;
}

/** One computation for all who ask for the same at the same time, and its result kept for those who ask later. */
export class SharedWork<T extends object> {
  private readonly kept: LRUCache<string, T>;
  private readonly running = new Map<string, Running<T>>();

  constructor(kept: LRUCache<string, T>) {
    this.kept = kept;
  }

  /**
   * @param signal frees this caller; the computation ends once nobody waits for it any more
   * @param compute only called where the result is neither kept nor under way
   */
  async get(
    key: string,
    signal: AbortSignal,
    compute: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const work = this.running.get(key) ?? this.start(key, compute);
    work.waiting += 1;
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([work.result, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      work.waiting -= 1;
      if (work.waiting === 0) this.end(key, work);
    }
  }

  private start(key: string, compute: (signal: AbortSignal) => Promise<T>): Running<T> {
    const ending = new AbortController();
    const result = compute(ending.signal).then((value) => {
      this.kept.set(key, value);
      return value;
    });
    const work = { result, ending, waiting: 0 };
    this.running.set(key, work);
    result
      .catch(() => undefined)
      .finally(() => {
        if (this.running.get(key) === work) this.running.delete(key);
      });
    return work;
  }

  /** Does nothing to what has ended by itself. */
  private end(key: string, work: Running<T>): void {
    if (this.running.get(key) === work) this.running.delete(key);
    work.ending.abort(new Error('nobody waits for it any more'));
  }
}
