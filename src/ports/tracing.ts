import type { Job, Outcome } from '../domain/job.js';
import type { RoutedArrival } from './ledger.js';
import type { Settled } from './queue.js';

/** From and to, ms since 1970. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Follows one image from its event to its record through all processes. The way on travels with the job, as its
 * `traceparent`: through the ledger, the queue and the broker. Tells of jobs by their id, of nobody by name.
 */
export interface Tracing {
  /** Begins a trace. @returns what its jobs carry on, and what ends its first span */
  arrived(
    admittedAtMs: number,
    routedFromMs: number,
  ): { readonly traceparent: string; decided(routed: RoutedArrival): void };
  /** Jobs that the queue has taken. */
  published(jobs: readonly Job[], when: Span): void;
  /** One attempt, where the work is done. */
  attempted(job: Job, attempt: number): AttemptTrace;
  recorded(settled: Settled, when: Span): void;
  /** Sends what is left, within seconds. */
  close(): Promise<void>;
}

export interface AttemptTrace {
  stage(name: string, when: Span): void;
  /** Undefined when the job went back to the queue unfinished. */
  end(outcome: Outcome | undefined): void;
}
