/** Ledger and queue as the pipeline uses them, with somebody who counts what passes. */
import type { Consumer, Queue } from '../ports/queue.js';
import type { Ledger } from '../ports/ledger.js';
import type { Telemetry } from '../ports/telemetry.js';

/** Tells of arrivals and decisions once they stand in the ledger. */
export function observedLedger(ledger: Ledger, telemetry: Telemetry): Ledger {
  return {
    cursor: () => ledger.cursor(),
    admit(arrivals, cursor) {
      ledger.admit(arrivals, cursor);
      telemetry.arrived(arrivals.length);
    },
    startOver: () => {
      ledger.startOver();
    },
    dueArrivals: (limit) => ledger.dueArrivals(limit),
    postpone: (orthancId, until, reason, attempts) => {
      ledger.postpone(orthancId, until, reason, attempts);
    },
    decide(orthancId, routed) {
      ledger.decide(orthancId, routed);
      telemetry.decided(routed);
    },
    unpublished: (limit) => ledger.unpublished(limit),
    markPublished: (jobIds) => {
      ledger.markPublished(jobIds);
    },
    record: (jobId, outcome) => {
      ledger.record(jobId, outcome);
    },
    prune: (before, limit) => ledger.prune(before, limit),
    close: () => {
      ledger.close();
    },
  };
}

/**
 * Tells of attempts where the work is done, and of settlements where they are recorded.
 * @param arrivedAt when the image of a job was admitted; needed only where settlements are recorded
 */
export function observedQueue(
  queue: Queue,
  telemetry: Telemetry,
  arrivedAt: (jobId: string) => Date | undefined = () => undefined,
): Queue {
  return {
    publish: (jobs) => queue.publish(jobs),
    consume: (prefetch, handle): Promise<Consumer> =>
      queue.consume(prefetch, async (delivery) => {
        telemetry.began();
        try {
          const outcome = await handle(delivery);
          telemetry.attempted(delivery.signal.aborted ? undefined : outcome);
          return outcome;
        } catch (thrown) {
          telemetry.attempted(undefined);
          throw thrown;
        }
      }),
    onSettled: (record) =>
      queue.onSettled((settled) => {
        const told = (): void => {
          const { job, outcome } = settled;
          const since = outcome.outcome === 'stored' ? arrivedAt(job.id) : undefined;
          telemetry.settled(settled, since && Date.now() - since.getTime());
        };
        // A recorder that is synchronous stays so: it leaves no gap between record and act.
        const recording = record(settled);
        if (recording instanceof Promise) return recording.then(told);
        told();
        return undefined;
      }),
    depth: () => queue.depth(),
    close: () => queue.close(),
  };
}
