import { asColouriseError } from '../../domain/errors.js';
import type { Outcome } from '../../domain/job.js';
import type { Delivery } from '../../ports/queue.js';

/** Of a job that reached nobody who could finish it, as often as it may be tried. */
export const lostEveryTime: Outcome = {
  outcome: 'retry',
  code: 'INTERNAL',
  reason: 'its worker died or stood still each time',
  timingsMs: {},
};

/** A handler that throws has met a fault of ours. */
export async function handled(
  handle: (delivery: Delivery) => Promise<Outcome>,
  delivery: Delivery,
): Promise<Outcome> {
  try {
    return await handle(delivery);
  } catch (error) {
    const { message } = asColouriseError(error);
    return { outcome: 'retry', code: 'INTERNAL', reason: message, timingsMs: {} };
  }
}

/** Waits for the work, but no longer than the limit. */
export async function withinMs(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
