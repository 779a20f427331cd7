import { asColouriseError, ColouriseError } from '../../domain/errors.js';
import type { Job, Outcome } from '../../domain/job.js';
import {
  defaultRetryPolicy,
  recordedOutcome,
  settle,
  type RetryPolicy,
  type Settlement,
} from '../../domain/settle.js';
import type { Consumer, Delivery, Queue, QueueDepth, Settled } from '../../ports/queue.js';
import { handled, lostEveryTime, withinMs } from './handling.js';
import type { DeadLetter, Leased, LeaseStore } from './lease-store.js';

export interface LeasedQueueOptions {
  readonly now: () => Date;
  readonly policy?: RetryPolicy;
  /** A lease is renewed at each third of it, and lost when the process stood still for longer. Default 30 s. */
  readonly leaseMs?: number;
  /** Longest time between two looks at the clock while consuming. Default 1 s. */
  readonly pollMs?: number;
  /** Jitter of the back-off, [0, 1). */
  readonly random?: () => number;
  /** Hears of every failure of the store or of the recorder; the queue itself carries on. */
  readonly onError?: (error: ColouriseError) => void;
}

type Handle = (delivery: Delivery) => Promise<Outcome>;

/** One delivery that is being handled. */
interface Hand {
  readonly leased: Leased;
  readonly abort: AbortController;
  renewAt: number;
  readonly done: Promise<void>;
}

interface Line {
  readonly prefetch: number;
  readonly handle: Handle;
  readonly hands: Map<string, Hand>;
  open: boolean;
}

/** The embedded queue: leases over a store of its own process. Holds no more jobs in memory than its prefetch. */
export class LeasedQueue implements Queue {
  private readonly store: LeaseStore;
  private readonly now: () => number;
  private readonly policy: RetryPolicy;
  private readonly leaseMs: number;
  private readonly pollMs: number;
  private readonly random: () => number;
  private readonly onError: (error: ColouriseError) => void;
  private readonly lines = new Set<Line>();
  /** Published again while in hand: what is done with it now may be older than the reason for that. */
  private readonly again = new Set<string>();
  private record: (settled: Settled) => void | Promise<void> = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Immediate | undefined;

  constructor(store: LeaseStore, options: LeasedQueueOptions) {
    this.store = store;
    this.now = () => options.now().getTime();
    this.policy = options.policy ?? defaultRetryPolicy;
    this.leaseMs = options.leaseMs ?? 30_000;
    this.pollMs = options.pollMs ?? 1_000;
    this.random = options.random ?? Math.random;
    this.onError = options.onError ?? (() => undefined);
  }

  publish(jobs: readonly Job[]): Promise<readonly string[]> {
    return promised(() => {
      this.store.publish(jobs);
      for (const { id } of jobs) if (this.isInHand(id)) this.again.add(id);
      this.wakeSoon();
      return jobs.map(({ id }) => id);
    });
  }

  consume(prefetch: number, handle: Handle): Promise<Consumer> {
    return promised(() => {
      const line: Line = { prefetch, handle, hands: new Map(), open: true };
      this.lines.add(line);
      this.wakeSoon();
      return { close: (graceMs) => this.closeLine(line, graceMs) };
    });
  }

  onSettled(record: (settled: Settled) => void | Promise<void>): Promise<void> {
    return promised(() => {
      this.record = record;
    });
  }

  depth(): Promise<QueueDepth> {
    return promised(() => this.store.depth(this.now()));
  }

  /** The latest first, with the reason that an operator needs. */
  deadLetters(limit: number): Promise<readonly DeadLetter[]> {
    return promised(() => this.store.deadLetters(limit));
  }

  async close(): Promise<void> {
    await Promise.all([...this.lines].map((line) => this.closeLine(line, 0)));
  }

  /** Once for everything that happens in one turn of the event loop. */
  private wakeSoon(): void {
    if (this.lines.size > 0)
      this.soon ??= setImmediate(() => {
        this.wake();
      });
  }

  /** Looks at the clock, takes what there is room for, and sets the alarm for the next look. */
  private wake(): void {
    this.rest();
    let waitMs = this.pollMs;
    try {
      this.loseExpired();
      this.renewHeld();
      for (const line of this.lines) this.fill(line);
      waitMs = Math.min(waitMs, this.nextAlarm() - this.now());
    } catch (error) {
      this.onError(asColouriseError(error));
    }
    this.timer = setTimeout(
      () => {
        this.wake();
      },
      Math.max(1, waitMs),
    );
  }

  private rest(): void {
    clearTimeout(this.timer);
    clearImmediate(this.soon);
    this.timer = this.soon = undefined;
  }

  private loseExpired(): void {
    const { backOff, outageBackOff } = this.policy;
    const longestPauseMs = Math.max(backOff.maxMs, outageBackOff.maxMs);
    for (const id of this.store.wake(this.now(), longestPauseMs)) {
      for (const line of this.lines) this.drop(line, id);
    }
  }

  /** The handler is told to stop; its place is free, for it may be what hangs. */
  private drop(line: Line, id: string): void {
    const hand = line.hands.get(id);
    line.hands.delete(id);
    hand?.abort.abort(new ColouriseError('INTERNAL', `the lease of job ${id} was lost`));
  }

  private renewHeld(): void {
    const now = this.now();
    for (const line of this.lines) {
      for (const hand of line.hands.values()) {
        if (hand.renewAt > now) continue;
        hand.renewAt = now + this.leaseMs / 3;
        if (!this.store.renew(hand.leased, now + this.leaseMs)) this.drop(line, hand.leased.job.id);
      }
    }
  }

  private nextAlarm(): number {
    const renewals = [...this.lines].flatMap(({ hands }) =>
      [...hands.values()].map(({ renewAt }) => renewAt),
    );
    return Math.min(this.store.nextDue() ?? Infinity, ...renewals);
  }

  private fill(line: Line): void {
    while (line.open && line.hands.size < line.prefetch) {
      const now = this.now();
      const leased = this.store.claim(now + this.leaseMs);
      if (!leased) return;
      this.take(line, leased, now + this.leaseMs / 3);
    }
  }

  private take(line: Line, leased: Leased, renewAt: number): void {
    const abort = new AbortController();
    const { id } = leased.job;
    this.again.delete(id);
    const done = this.deliver(line.handle, leased, abort.signal)
      .catch((error: unknown) => {
        // Not settled, no longer renewed: the end of its lease delivers it again.
        this.onError(asColouriseError(error));
      })
      .then(() => {
        if (line.hands.get(id)?.leased === leased) line.hands.delete(id);
        this.wakeSoon();
      });
    line.hands.set(id, { leased, abort, renewAt, done });
  }

  private async deliver(handle: Handle, leased: Leased, signal: AbortSignal): Promise<void> {
    const { job, tries } = leased;
    const attempt = tries.faults + tries.outages + 1;
    const usedUp = tries.faults >= this.policy.maxAttempts;
    const outcome = usedUp ? lostEveryTime : await handled(handle, { job, attempt, signal });
    if (signal.aborted) return;
    const settlement = settle(outcome, tries, this.policy, this.random());
    const recorded = recordedOutcome(outcome, settlement);
    const effect = await this.recorded({ job, attempt, outcome: recorded, settlement }, leased);
    // Does nothing if the lease was lost while its outcome was recorded.
    this.store.settle(leased, effect, this.now());
    if (this.again.delete(job.id)) this.store.publish([job]);
  }

  private isInHand(id: string): boolean {
    return [...this.lines].some(({ hands }) => hands.has(id));
  }

  /** Records before the queue acts; what cannot be recorded is not settled but comes again later. */
  private async recorded(settled: Settled, { tries }: Leased): Promise<Settlement> {
    try {
      const recording = this.record(settled);
      if (recording instanceof Promise) await recording;
      return settled.settlement;
    } catch (error) {
      this.onError(asColouriseError(error));
      return settle(unrecorded, tries, this.policy, this.random());
    }
  }

  private async closeLine(line: Line, graceMs: number): Promise<void> {
    line.open = false;
    const inHand = Promise.all([...line.hands.values()].map(({ done }) => done));
    if (graceMs > 0) await withinMs(inHand, graceMs);
    this.lines.delete(line);
    if (this.lines.size === 0) this.rest();
    for (const hand of line.hands.values()) {
      hand.abort.abort(new ColouriseError('QUEUE_UNAVAILABLE', 'the consumer closes'));
      this.store.giveBack(hand.leased);
    }
    line.hands.clear();
    this.wakeSoon();
  }
}

const unrecorded: Outcome = {
  outcome: 'retry',
  code: 'QUEUE_UNAVAILABLE',
  reason: 'its outcome could not be recorded',
  timingsMs: {},
};

/** A synchronous step as a promise: what it throws becomes the rejection. */
function promised<T>(step: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(step());
  });
}
