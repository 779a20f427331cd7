import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Ledger } from '../ports/ledger.js';
import { asColouriseError } from '../domain/errors.js';
import type { InstanceRef } from '../domain/job.js';
import type { Consumer, Queue } from '../ports/queue.js';
import type { ArchiveWatch } from './archive-watch.js';
import { followChanges, type FollowTools } from './follow-changes.js';
import { createJobLog } from './job-log.js';
import { type Loop, startLoop, type StepResult } from './loop.js';
import { processOnceWell, type JobTools } from './process-job.js';
import { publishOutbox } from './publish-outbox.js';
import { routeDueArrivals, type RouteTools } from './route-arrival.js';
import type { ChangeSignal } from './signal.js';

export interface ServiceTools {
  readonly follow: Omit<FollowTools, 'log' | 'ledger'>;
  readonly route: Omit<RouteTools, 'log' | 'ledger'>;
  /** Absent where other processes do the work: then this one publishes and records. */
  readonly jobs?: JobTools;
  readonly watch: ArchiveWatch;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly changed: ChangeSignal;
  readonly log: Logger;
}

export interface ServiceOptions {
  /** How often the change log is asked when nothing wakes the service, ms. */
  readonly pollMs: number;
  /** Longest pause after repeated faults, ms. */
  readonly maxBackOffMs: number;
  /** Images in hand at the same time: what the networks take at once, and one more to fetch ahead. */
  readonly concurrency: number;
}

/** More than are stored between two looks at the change log. */
const rememberedOutputs = 1000;

/** The service at work: event → route → queue → process → record; processing may be elsewhere. */
export interface Service {
  /** Looks for new images now. */
  wake(): void;
  /** When a job was last settled, or the service began. */
  lastSettledAt(): Date;
  /** `following` tells whether Orthanc answers; `reasons` has one sentence for each thing that is not well. */
  health(): { readonly following: Loop['state']; readonly reasons: readonly string[] };
  /**
   * Takes nothing new, finishes what is in hand or returns it to the queue.
   * @param hangUp called when the grace is over or no longer needed; ends what is still asked of any server, which may
   *   have gone silent
   */
  stop(graceMs: number, hangUp: () => Promise<void>): Promise<void>;
}

export async function startService(tools: ServiceTools, options: ServiceOptions): Promise<Service> {
  const { ledger, queue, jobs, watch, changed, log } = tools;
  const { pollMs, maxBackOffMs, concurrency } = options;
  const loop = (name: string, pauseMs: number) => ({ name, pollMs: pauseMs, maxBackOffMs, log });

  const logJob = createJobLog(log, () => watch.fault !== undefined);
  const storedLately = new LRUCache<string, true>({ max: rememberedOutputs });
  const isOurs = ({ SOPInstanceUID }: InstanceRef) => storedLately.has(SOPInstanceUID);
  let settledAt = new Date();
  await queue.onSettled((settled) => {
    settledAt = new Date();
    const { job, outcome } = settled;
    ledger.record(job.id, outcome);
    if (outcome.outcome === 'stored') storedLately.set(outcome.output.SOPInstanceUID, true);
    logJob(settled);
    changed.fire();
  });
  const consumer: Consumer | undefined =
    jobs &&
    (await queue.consume(concurrency, (delivery) => processOnceWell(delivery, jobs, watch)));
  const whileWell = (step: () => Promise<StepResult>) => stepWhileWell(step, watch);

  const publishing: Loop = startLoop(loop('publish', pollMs), () => publishOutbox(ledger, queue));
  const route = async (): Promise<StepResult> => {
    try {
      return await routeDueArrivals({ ...tools.route, isOurs, ledger, log });
    } finally {
      publishing.wake();
      changed.fire();
    }
  };
  const follow = async (): Promise<StepResult> => {
    const before = ledger.cursor();
    const result = await followChanges({ ...tools.follow, ledger, log });
    if (ledger.cursor() !== before) routing.wake();
    return result;
  };
  const routing: Loop = startLoop(loop('route', pollMs), whileWell(route));
  const following: Loop = startLoop(loop('follow', pollMs), whileWell(follow));
  const loops = [following, routing, publishing];

  return {
    wake() {
      following.wake();
      routing.wake();
      publishing.wake();
    },
    lastSettledAt: () => settledAt,
    health: () => ({
      following: watch.fault === undefined ? following.state : 'faulty',
      reasons: [watch.fault, ...loops.map(({ fault }) => fault)].filter(
        (fault) => fault !== undefined,
      ),
    }),
    async stop(graceMs, hangUp) {
      watch.stop();
      const ended = Promise.all([consumer?.close(graceMs), ...loops.map((each) => each.stop())]);
      const grace = new AbortController();
      await Promise.race([ended, pause(graceMs, undefined, grace).catch(() => undefined)]);
      grace.abort();
      await hangUp();
      await ended;
    },
  };
}

/** An outage pauses a loop instead of making it fault after fault; the watch has said it. */
function stepWhileWell(
  step: () => Promise<StepResult>,
  watch: ArchiveWatch,
): () => Promise<StepResult> {
  return async () => {
    if (!(await watch.whenWell())) return 'idle';
    try {
      return await step();
    } catch (thrown) {
      const isAnnounced = watch.fault !== undefined;
      if (isAnnounced || asColouriseError(thrown).code === 'PACS_UNAVAILABLE') return 'more';
      throw thrown;
    }
  };
}
