export interface BatchPolicy {
  /** Items of a full batch. */
  readonly size: number;
  /** How long an item waits for company, ms. */
  readonly waitMs: number;
}

/** What waits for the same run; `sinceMs` is when the oldest of it came. */
export interface Line {
  readonly waiting: number;
  readonly sinceMs: number;
}

/** Which line leaves now, or in how many ms to look again; 'idle' while nothing waits. */
export type Departure = { readonly leaves: number } | { readonly inMs: number } | 'idle';

/** A full line leaves at once, any other once its oldest item has waited; of several the one that has waited longest. */
export function departure(
  lines: readonly Line[],
  { size, waitMs }: BatchPolicy,
  nowMs: number,
): Departure {
  const waiting = lines
    .map((line, index) => ({ ...line, index }))
    .filter((line) => line.waiting > 0)
    .toSorted((one, other) => one.sinceMs - other.sinceMs);
  const due = waiting.find((line) => line.waiting >= size || nowMs - line.sinceMs >= waitMs);
  if (due) return { leaves: due.index };
  const [oldest] = waiting;
  return oldest ? { inMs: oldest.sinceMs + waitMs - nowMs } : 'idle';
}

/** Time, so that tests need not wait for it. */
export interface Clock {
  now(): number;
  /** @returns cancels it */
  after(ms: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

export interface BatcherOptions<Key, Item, Answer> extends BatchPolicy {
  /** Batches that run at once. While all do, what comes waits and makes the next ones fuller. */
  readonly lanes: number;
  /** Answers in the order of the items. A rejection is that of every item. */
  readonly run: (key: Key, items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly clock?: Clock;
}

interface Entry<Item, Answer> {
  readonly item: Item;
  readonly sinceMs: number;
  readonly settle: (answer: Promise<Answer>) => void;
}

/** Gathers single items into batches of the same key. Bounded by what its callers have in hand. */
export class Batcher<Key, Item, Answer> {
  private readonly options: BatcherOptions<Key, Item, Answer>;
  private readonly clock: Clock;
  private readonly lines = new Map<Key, Entry<Item, Answer>[]>();
  private inLanes = 0;
  private cancelLook: (() => void) | undefined;

  constructor(options: BatcherOptions<Key, Item, Answer>) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
  }

  get waiting(): number {
    return [...this.lines.values()].reduce((sum, line) => sum + line.length, 0);
  }

  get running(): number {
    return this.inLanes;
  }

  /** An abort frees the caller at once: an item that waits gives up its place, one that runs is no longer awaited. */
  submit(key: Key, item: Item, signal?: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const withdraw = () => {
        this.remove(key, entry);
        reject(signal?.reason as Error);
      };
      const entry: Entry<Item, Answer> = {
        item,
        sinceMs: this.clock.now(),
        settle: (answer) => {
          void answer.then(resolve, reject).finally(() => {
            signal?.removeEventListener('abort', withdraw);
          });
        },
      };
      signal?.addEventListener('abort', withdraw, { once: true });
      const line = this.lines.get(key);
      if (line) line.push(entry);
      else this.lines.set(key, [entry]);
      this.look();
    });
  }

  private look(): void {
    this.cancelLook?.();
    this.cancelLook = undefined;
    while (this.inLanes < this.options.lanes) {
      const lines = [...this.lines.entries()];
      const seen = lines.map(([, line]) => ({
        waiting: line.length,
        sinceMs: line[0]?.sinceMs ?? 0,
      }));
      const next = departure(seen, this.options, this.clock.now());
      if (next === 'idle') return;
      if ('inMs' in next) {
        this.cancelLook = this.clock.after(next.inMs, () => {
          this.look();
        });
        return;
      }
      const [key, line] = lines[next.leaves] ?? [];
      if (key === undefined || line === undefined) return;
      void this.depart(key, line.splice(0, this.options.size));
      if (line.length === 0) this.lines.delete(key);
    }
  }

  private async depart(key: Key, entries: readonly Entry<Item, Answer>[]): Promise<void> {
    this.inLanes++;
    const items = entries.map(({ item }) => item);
    const answers = this.options.run(key, items);
    for (const [index, { settle }] of entries.entries()) {
      const answer = answers.then((all) => {
        const found = all[index];
        if (found === undefined) throw new Error(`no answer for item ${index} of a batch`);
        return found;
      });
      settle(answer);
    }
    await answers.catch(() => undefined);
    this.inLanes--;
    this.look();
  }

  private remove(key: Key, entry: Entry<Item, Answer>): void {
    const line = this.lines.get(key);
    const at = line?.indexOf(entry) ?? -1;
    if (line === undefined || at < 0) return;
    line.splice(at, 1);
    if (line.length === 0) this.lines.delete(key);
    this.look();
  }
}
