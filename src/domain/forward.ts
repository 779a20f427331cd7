/** What becomes of a colour image that goes on to another server. */
import { backOffMs, type BackOff } from './back-off.js';
import { type ColouriseError, type ErrorCode, errorKinds } from './errors.js';
import type { InstanceRef, Job, SkipCode } from './job.js';
import { isOutage } from './settle.js';

/** `dropped`: it was withdrawn, or is no longer in the archive, before it could be sent. */
export type ForwardState = 'pending' | 'sent' | 'failed' | 'dropped';

/** One colour image on its way to one destination. */
export interface Forward {
  readonly destination: string;
  readonly state: ForwardState;
  /** Those that the destination answered. One that is away uses up none. */
  readonly attempts: number;
  /** Of the last attempt. */
  readonly code?: string;
  readonly reason?: string;
  /** When its image was stored, or when somebody asked for it again. */
  readonly since: Date;
  readonly settledAt?: Date;
}

/** One that may be sent now. */
export interface DueForward {
  readonly imageId: string;
  readonly destination: string;
  /** How often it became pending: news of an earlier time do not settle it. */
  readonly opening: number;
  readonly attempts: number;
  readonly instance: InstanceRef;
}

/** What is not settled at one destination. */
export interface ForwardBacklog {
  readonly destination: string;
  readonly pending: number;
  readonly failed: number;
  /** Since when the oldest pending one waits. */
  readonly oldest?: Date;
}

/** What an attempt makes of its row. */
export type ForwardStep =
  | { readonly state: 'sent' }
  | {
      readonly state: 'dropped' | 'failed';
      readonly attempts: number;
      readonly code: ErrorCode | SkipCode;
      readonly reason: string;
    }
  /** Tried again, not before `afterMs` are over. */
  | {
      readonly state: 'pending';
      readonly attempts: number;
      readonly code: ErrorCode;
      readonly reason: string;
      readonly afterMs: number;
    };

export interface ForwardPolicy {
  /** Attempts that the destination may refuse until one fails, at least 1. */
  readonly maxAttempts: number;
  readonly backOff: BackOff;
}

/**
 * After an attempt that came to nothing. A destination that is away says nothing about the image: it keeps its attempts
 * and its place.
 * @param attempts before this one
 * @param random a number in [0, 1)
 */
export function afterRefusal(
  { code, message }: ColouriseError,
  attempts: number,
  policy: ForwardPolicy,
  random: number,
): ForwardStep {
  if (isOutage(code)) return { state: 'pending', attempts, code, reason: message, afterMs: 0 };
  const tried = attempts + 1;
  if (!errorKinds[code].retry) return { state: 'failed', attempts: tried, code, reason: message };
  if (tried >= policy.maxAttempts) {
    const reason = `gave up after ${tried} attempts: ${message}`;
    return { state: 'failed', attempts: tried, code, reason };
  }
  const afterMs = backOffMs(tried, policy.backOff, random);
  return { state: 'pending', attempts: tried, code, reason: message, afterMs };
}

/** A job that waits, going on to the destinations of a later decision as well. */
export function goingFurther(job: Job, later: Job): Job {
  const forward = [...new Set([...(job.forward ?? []), ...(later.forward ?? [])])];
  return forward.length === 0 ? job : { ...job, forward };
}
