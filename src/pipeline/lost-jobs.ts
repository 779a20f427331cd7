import type { Logger } from 'pino';
import { asColouriseError } from '../domain/errors.js';
import type { Ledger } from '../ports/ledger.js';
import type { Queue } from '../ports/queue.js';

export interface LostJobsTools {
  readonly ledger: Pick<Ledger, 'offerAgain'>;
  readonly queue: Pick<Queue, 'depth'>;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Longer than a job can be in one hand: RabbitMQ takes a delivery back after half an hour. */
const certainMs = 40 * 60_000;
const lookMs = 60_000;

/**
 * Finds jobs that a broker has lost, as one does that lost its disk: when nothing has waited in the queue for longer
 * than a job can be in a hand, what arrived before that and is still pending is nowhere. It is offered anew; should it
 * be somewhere after all, the second worker finds the picture stored.
 */
export function createLostJobs({ ledger, queue, now, log }: LostJobsTools): () => Promise<void> {
  let emptySince: number | undefined;
  return async () => {
    try {
      const { ready, delayed } = await queue.depth();
      const time = now().getTime();
      emptySince = ready + delayed > 0 ? undefined : (emptySince ?? time);
      if (emptySince === undefined || time - emptySince < certainMs) return;
      const lost = ledger.offerAgain(new Date(emptySince));
      emptySince = time;
      if (lost > 0) log.warn({ jobs: lost }, 'the broker has lost jobs; they are offered anew');
    } catch (thrown) {
      // A queue that does not answer says nothing of what it holds.
      emptySince = undefined;
      log.debug({ code: asColouriseError(thrown).code }, 'cannot look for lost jobs');
    }
  };
}

export function watchLostJobs(tools: LostJobsTools): { stop(): void } {
  const look = createLostJobs(tools);
  const timer = setInterval(() => void look(), lookMs);
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
