/** Ledger and queue as the pipeline uses them, with somebody who counts and follows what passes. */
import type { Outcome } from '../domain/job.js';
import type { Consumer, Queue, StageListener } from '../ports/queue.js';
import type { Ledger } from '../ports/ledger.js';
import type { Telemetry } from '../ports/telemetry.js';
import type { Tracing } from '../ports/tracing.js';

export interface Observers {
  readonly telemetry: Telemetry;
  readonly tracing?: Tracing | undefined;
}

/** Tells of arrivals and decisions once they stand in the ledger; jobs begin their trace here. */
export function observedLedger(ledger: Ledger, { telemetry, tracing }: Observers): Ledger {
  /** Of the arrivals that were offered last: when they were admitted, and when they were offered. */
  let offered = new Map<string, number>();
  let offeredAt = 0;
  return {
    cursor: () => ledger.cursor(),
    lastRow: () => ledger.lastRow(),
    admit(arrivals, cursor, lastRow) {
      ledger.admit(arrivals, cursor, lastRow);
      telemetry.arrived(arrivals.length);
    },
    askFor: (orthancIds) => {
      ledger.askFor(orthancIds);
    },
    withdraw: (id, reason) => ledger.withdraw(id, reason),
    announceRedo: (id) => {
      ledger.announceRedo(id);
    },
    requeue: (id) => ledger.requeue(id),
    startOver: () => {
      ledger.startOver();
    },
    dueArrivals(limit) {
      const due = ledger.dueArrivals(limit);
      offered = new Map(due.map(({ orthancId, arrivedAt }) => [orthancId, arrivedAt.getTime()]));
      offeredAt = Date.now();
      return due;
    },
    postpone: (orthancId, until, reason, attempts) => {
      ledger.postpone(orthancId, until, reason, attempts);
    },
    decide(orthancId, routed) {
      const now = Date.now();
      const admittedAt = offered.get(orthancId);
      const trace = tracing?.arrived(admittedAt ?? now, admittedAt === undefined ? now : offeredAt);
      const jobs = trace
        ? routed.jobs.map((job) => ({ ...job, traceparent: trace.traceparent }))
        : routed.jobs;
      ledger.decide(orthancId, { ...routed, jobs });
      trace?.decided(routed);
      telemetry.decided(routed);
    },
    offerAgain: (before) => ledger.offerAgain(before),
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
  { telemetry, tracing }: Observers,
  arrivedAt: (jobId: string) => Date | undefined = () => undefined,
): Queue {
  return {
    async publish(jobs) {
      const fromMs = Date.now();
      const taken = await queue.publish(jobs);
      const published = jobs.filter(({ id }) => taken.includes(id));
      tracing?.published(published, { fromMs, toMs: Date.now() });
      return taken;
    },
    consume: (prefetch, handle): Promise<Consumer> =>
      queue.consume(prefetch, async (delivery) => {
        telemetry.began();
        const trace = tracing?.attempted(delivery.job, delivery.attempt);
        const end = (outcome: Outcome | undefined) => {
          telemetry.attempted(outcome);
          trace?.end(outcome);
        };
        const onStage: StageListener = (stage, fromMs, toMs) => {
          trace?.stage(stage, { fromMs, toMs });
        };
        try {
          const outcome = await handle({ ...delivery, onStage });
          end(delivery.signal.aborted ? undefined : outcome);
          return outcome;
        } catch (thrown) {
          end(undefined);
          throw thrown;
        }
      }),
    onSettled: (record) =>
      queue.onSettled((settled) => {
        const fromMs = Date.now();
        const told = (): void => {
          const { job, outcome } = settled;
          tracing?.recorded(settled, { fromMs, toMs: Date.now() });
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
