import type { Ledger } from '../ports/ledger.js';
import type { Queue } from '../ports/queue.js';
import type { StepResult } from './loop.js';

const batch = 200;

/** Jobs that the ledger holds and the queue does not yet: a queue that was away gets them later. */
export async function publishOutbox(
  ledger: Ledger,
  queue: Pick<Queue, 'publish'>,
): Promise<StepResult> {
  const jobs = ledger.unpublished(batch);
  if (jobs.length === 0) return 'idle';
  const taken = await queue.publish(jobs);
  ledger.markPublished(taken);
  return taken.length === batch ? 'more' : 'idle';
}
