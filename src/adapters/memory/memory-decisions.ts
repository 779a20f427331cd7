/** What a decision makes of the rows of the ledger's twin. */
import { goingFurther } from '../../domain/forward.js';
import { appearanceOf, type Job } from '../../domain/job.js';
import type { ImageRow, RoutedArrival } from '../../ports/ledger.js';
import { type Arrival, decisionOf, earlier, type Image, newRow, without } from './memory-rows.js';

/** Of an arrival that led to no job. */
export function withoutJob(arrival: Arrival, routed: RoutedArrival, now: Date): Image {
  const code = routed.failure ?? routed.skip;
  const row: ImageRow = {
    ...newRow(arrival, routed),
    id: `a-${arrival.orthancId}`,
    state: routed.failure === undefined ? 'skipped' : 'failed',
    ...(code === undefined ? {} : { code }),
    settledAt: now,
  };
  return { row, decision: decisionOf(routed, now), published: false, openings: 1 };
}

/** @param known the image of this job, if there was one */
export function withJob(
  known: Image | undefined,
  arrival: Arrival,
  routed: RoutedArrival,
  job: Job,
  now: Date,
): Image {
  if (known?.row.state === 'pending') return offeredAnew(known, arrival, routed, job);
  if (known?.row.code === 'WITHDRAWN' && !arrival.wished) {
    return { ...known, row: { ...known.row, arrivedAt: arrival.arrivedAt } };
  }
  const { model, modelVersion } = job.rendering;
  const drawn = appearanceOf(job.rendering);
  const row = { ...newRow(arrival, routed), id: job.id, model, modelVersion, ...drawn };
  const openings = (known?.openings ?? 0) + 1;
  return { row, decision: decisionOf(routed, now), job, published: false, openings };
}

function offeredAnew(known: Image, arrival: Arrival, routed: RoutedArrival, job: Job): Image {
  const notBefore = earlier(known.row.notBefore, routed.notBefore);
  const row = {
    ...without(known.row, 'notBefore'),
    arrivedAt: arrival.arrivedAt,
    ...(notBefore ? { notBefore } : {}),
  };
  const openings = known.openings + (known.published ? 1 : 0);
  const whole = known.job && goingFurther(known.job, job);
  return { ...known, ...(whole ? { job: whole } : {}), row, published: false, openings };
}
