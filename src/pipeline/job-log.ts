import type { Logger } from 'pino';
import type { ErrorCode } from '../domain/errors.js';
import { errorKinds } from '../domain/errors.js';
import { type Job, parseTraceparent } from '../domain/job.js';
import { isOutage } from '../domain/settle.js';
import type { Settled } from '../ports/queue.js';

/** The trace of a job's image, for the log; nothing where no traces are made. */
export function traceFact({ traceparent }: Job): { readonly trace?: string } {
  const trace = traceparent === undefined ? undefined : parseTraceparent(traceparent)?.traceId;
  return trace === undefined ? {} : { trace };
}

/**
 * One line a settlement: identifiers, code and timings; never a name. What every job meets while a server is away,
 * full or closed to us is said once, and once more when a job gets through.
 * @param isAnnounced whether the archive is away, which has a line of its own
 */
export function createJobLog(log: Logger, isAnnounced: () => boolean): (settled: Settled) => void {
  const told = new Set<ErrorCode>();

  const logOutage = (facts: object, code: ErrorCode, reason: string): void => {
    log.debug({ ...facts, code, reason }, 'will be tried again');
    if (code === 'PACS_UNAVAILABLE' || isAnnounced() || told.has(code)) return;
    told.add(code);
    const { next } = errorKinds[code];
    log.error({ code, next }, `images wait: ${reason}; they are tried again`);
  };

  return ({ job, attempt, outcome, settlement }) => {
    const { StudyInstanceUID, SOPInstanceUID } = job.source;
    const facts = {
      job: job.id,
      StudyInstanceUID,
      SOPInstanceUID,
      model: job.rendering.model,
      attempt,
      effect: settlement.effect,
      timingsMs: outcome.timingsMs,
      ...traceFact(job),
    };
    switch (outcome.outcome) {
      case 'stored':
        if (told.size > 0) log.info({ codes: [...told] }, 'images no longer wait');
        told.clear();
        log.info(facts, 'stored');
        break;
      case 'already-stored':
        log.info(facts, 'already-stored');
        break;
      case 'skipped':
        log.info({ ...facts, code: outcome.code, reason: outcome.reason }, 'skipped');
        break;
      case 'retry':
        if (isOutage(outcome.code)) logOutage(facts, outcome.code, outcome.reason);
        else
          log.warn({ ...facts, code: outcome.code, reason: outcome.reason }, 'will be tried again');
        break;
      case 'failed':
        log.error({ ...facts, code: outcome.code, reason: outcome.reason }, 'failed');
        break;
      default:
        outcome satisfies never;
    }
  };
}
