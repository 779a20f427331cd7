import type { ErrorCode } from '../../domain/errors.js';
import type { Job } from '../../domain/job.js';
import type { Settlement, Tries } from '../../domain/settle.js';
import type { QueueDepth } from '../../ports/queue.js';

/** A job in somebody's hand. The lease number tells this holder from any later one. */
export interface Leased {
  readonly job: Job;
  readonly tries: Tries;
  readonly lease: number;
}

export interface DeadLetter {
  readonly job: Job;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly attempts: number;
  readonly diedAt: Date;
}

/**
 * Where a `LeasedQueue` keeps its jobs: each is ready, delayed, leased or dead.
 * Every method is synchronous and atomic. Times are milliseconds since 1970, UTC.
 */
export interface LeaseStore {
  /** Adds what is unknown as ready, revives what is dead, leaves the rest alone. */
  publish(jobs: readonly Job[]): void;
  /**
   * Makes delayed jobs ready whose time has come, or is further away than any pause, as when the clock was set back;
   * takes expired leases back, each as a fault, and names their jobs.
   */
  wake(now: number, longestPauseMs: number): readonly string[];
  /** Leases the ready job of the highest priority, the oldest among equals. */
  claim(leaseUntil: number): Leased | undefined;
  /** False when the lease was lost. */
  renew(leased: Leased, leaseUntil: number): boolean;
  /** False, and nothing done, when the lease was lost. */
  settle(leased: Leased, settlement: Settlement, now: number): boolean;
  /** Returns a job that was not finished, without blame. */
  giveBack(leased: Leased): void;
  /** When the next delay or lease ends; undefined when there is none. */
  nextDue(): number | undefined;
  depth(now: number): QueueDepth;
  /** The latest first. */
  deadLetters(limit: number): readonly DeadLetter[];
}
