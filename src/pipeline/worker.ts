import type { Logger } from 'pino';
import type { Consumer, Queue } from '../ports/queue.js';
import { traceFact } from './job-log.js';
import type { ArchiveWatch } from './archive-watch.js';
import { processOnceWell, type JobTools } from './process-job.js';

/**
 * The work of a node that keeps nothing: it takes jobs, colours, and leaves the news of each to the recorder
 * at the other end of the queue.
 * @param concurrency images in hand at the same time
 */
export function startWorker(
  queue: Queue,
  tools: JobTools,
  watch: ArchiveWatch,
  log: Logger,
  concurrency: number,
): Promise<Consumer> {
  return queue.consume(concurrency, async (delivery) => {
    const { job, attempt, signal } = delivery;
    const outcome = await processOnceWell(delivery, tools, watch);
    const { SOPInstanceUID } = job.source;
    const facts = { job: job.id, SOPInstanceUID, attempt, ...traceFact(job) };
    if (signal.aborted) log.warn(facts, 'given back before it was done');
    else if ('code' in outcome) log.info({ ...facts, code: outcome.code }, outcome.outcome);
    else log.info({ ...facts, timingsMs: outcome.timingsMs }, outcome.outcome);
    return outcome;
  });
}
