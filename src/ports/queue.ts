import type { Job, Outcome } from '../domain/job.js';
import type { Settlement } from '../domain/settle.js';

export interface Delivery {
  readonly job: Job;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** Aborted when the lease was lost or the consumer closes; the handler should stop and its outcome is ignored. */
  readonly signal: AbortSignal;
  /** Hears of each stage as it ends; whoever watches the queue may set it. */
  readonly onStage?: StageListener;
}

/** @param fromMs since 1970, as `toMs` */
export type StageListener = (stage: string, fromMs: number, toMs: number) => void;

/** What one attempt came to, and what the queue is about to do with it. */
export interface Settled {
  readonly job: Job;
  readonly attempt: number;
  /** As the ledger records it: a retry that used up the attempts arrives here as `failed`. */
  readonly outcome: Outcome;
  readonly settlement: Settlement;
}

export interface QueueDepth {
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
  readonly dead: number;
}

export interface Consumer {
  /** Takes no more; waits until what is in hand is settled or `graceMs` passed, then returns the rest to the queue. */
  close(graceMs: number): Promise<void>;
}

/**
 * At-least-once delivery of jobs, higher priority first, then older first.
 * Publishing an id that is ready or delayed changes nothing; one that is in flight is delivered once more
 * when it is settled, as its image may have come again meanwhile; publishing one that is a
 * dead letter revives it with its attempts forgotten (that is how 'retry' works).
 * The handler's outcome is the settlement (see `settle`): `stored`, `already-stored`, `skipped` → ack;
 * `retry` → redelivery after back-off, dead letter once `maxAttempts` is reached - except while a server
 * is away, which is retried for as long as it takes; `failed` → dead letter.
 * A handler that throws counts as `retry` with `INTERNAL`; so does a lost lease, without the back-off.
 * A broker shows nobody what it holds: there, a job that is published twice is delivered twice, and a
 * revived dead letter stays counted among the dead. Doing a job twice stores one picture.
 */
export interface Queue {
  /** The ids of what it took; the rest is to be offered again. @throws when it took none */
  publish(jobs: readonly Job[]): Promise<readonly string[]>;
  consume(prefetch: number, handle: (delivery: Delivery) => Promise<Outcome>): Promise<Consumer>;
  /**
   * Sets the one recorder of settlements, before anything is consumed. It runs before the queue acts, so
   * that nothing leaves the queue unrecorded; it may hear of one settlement twice. If it throws, the job
   * is delivered again later; where the recorder is another process than the worker, it is told again instead. A recorder that is synchronous leaves no gap between record and act.
   */
  onSettled(record: (settled: Settled) => void | Promise<void>): Promise<void>;
  depth(): Promise<QueueDepth>;
  close(): Promise<void>;
}
