import { backOffMs, type BackOff } from './back-off.js';
import type { ErrorCode } from './errors.js';
import type { Outcome } from './job.js';

/**
 * Failures so far, before the attempt in hand. A fault may be the job's own and uses up attempts;
 * an outage is a server being away, which says nothing about the job.
 */
export interface Tries {
  readonly faults: number;
  readonly outages: number;
}

export const firstTry: Tries = { faults: 0, outages: 0 };

export interface RetryPolicy {
  /** Faults until a job becomes a dead letter, at least 1. */
  readonly maxAttempts: number;
  /** After a fault. */
  readonly backOff: BackOff;
  /** After an outage: without end, and never so long that a server which returned waits for its work. */
  readonly outageBackOff: BackOff;
}

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 8,
  backOff: { baseMs: 2_000, maxMs: 600_000 },
  outageBackOff: { baseMs: 2_000, maxMs: 120_000 },
};

/** The state of an image after an attempt: one that is to be tried again is still pending. */
export function stateAfter(outcome: Outcome): 'pending' | 'stored' | 'skipped' | 'failed' {
  switch (outcome.outcome) {
    case 'stored':
    case 'already-stored':
      return 'stored';
    case 'retry':
      return 'pending';
    case 'skipped':
    case 'failed':
      return outcome.outcome;
    default:
      return outcome satisfies never;
  }
}

/** What the queue does with a delivery. `tries` is the state that the next delivery starts from. */
export type Settlement =
  | { readonly effect: 'ack' }
  | { readonly effect: 'redeliver'; readonly afterMs: number; readonly tries: Tries }
  | { readonly effect: 'dead-letter'; readonly code: ErrorCode; readonly reason: string };

/** A server is away, full or closed to us: every job would meet the same, and none is to blame. */
const outages: ReadonlySet<ErrorCode> = new Set([
  'PACS_UNAVAILABLE',
  'PACS_UNAUTHORISED',
  'STORAGE_FULL',
  'QUEUE_UNAVAILABLE',
  'PROVIDER_UNAVAILABLE',
  'DESTINATION_UNAVAILABLE',
  'DESTINATION_UNAUTHORISED',
]);

/** Whether every job would meet this fault now, so that none is to blame for it. */
export function isOutage(code: ErrorCode): boolean {
  return outages.has(code);
}

/**
 * Decides what an outcome does to its delivery; shared by every queue.
 * @param random a number in [0, 1), for the jitter of the back-off
 */
export function settle(
  outcome: Outcome,
  tries: Tries,
  policy: RetryPolicy,
  random: number,
): Settlement {
  switch (outcome.outcome) {
    case 'stored':
    case 'already-stored':
    case 'skipped':
      return { effect: 'ack' };
    case 'failed':
      return { effect: 'dead-letter', code: outcome.code, reason: outcome.reason };
    case 'retry':
      return isOutage(outcome.code)
        ? afterOutage(tries, policy, random)
        : afterFault(outcome.code, outcome.reason, tries, policy, random);
    default:
      return outcome satisfies never;
  }
}

function afterOutage(tries: Tries, policy: RetryPolicy, random: number): Settlement {
  const next = { ...tries, outages: tries.outages + 1 };
  const afterMs = backOffMs(next.outages, policy.outageBackOff, random);
  return { effect: 'redeliver', afterMs, tries: next };
}

function afterFault(
  code: ErrorCode,
  reason: string,
  tries: Tries,
  policy: RetryPolicy,
  random: number,
): Settlement {
  const faults = tries.faults + 1;
  if (faults >= policy.maxAttempts) {
    return { effect: 'dead-letter', code, reason: `gave up after ${faults} attempts: ${reason}` };
  }
  const afterMs = backOffMs(faults, policy.backOff, random);
  return { effect: 'redeliver', afterMs, tries: { ...tries, faults } };
}

/**
 * The outcome as the ledger records it, so that ledger and queue agree:
 * a retry that was dead-lettered has failed.
 */
export function recordedOutcome(outcome: Outcome, settlement: Settlement): Outcome {
  if (outcome.outcome !== 'retry' || settlement.effect !== 'dead-letter') return outcome;
  return { ...outcome, outcome: 'failed', reason: settlement.reason };
}
