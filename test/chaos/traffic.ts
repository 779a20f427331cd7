import { setTimeout as pause } from 'node:timers/promises';
import { lookUp } from '../support/archive.js';
import type { PrivateOrthanc } from '../support/orthanc.js';
import { brokenStudies, otherStudies, smallChestStudy, type Study } from '../support/studies.js';
import type { Plan, PlannedStudy } from './plan.js';

export interface SentStudy {
  readonly study: Omit<Study, 'part10'>;
  readonly planned: PlannedStudy;
}

/** A modality tries again when the archive does not take an image. */
const retryMs = 300;
const longestTryMs = 10_000;
/** How long a sender goes on trying, ms: longer than the longest outage of a plan. */
const patienceMs = 120_000;

/** Sends everything in its time, straight to Orthanc, as modalities do. Made when it is sent, so that memory stays small. */
export function sendAll(
  orthanc: PrivateOrthanc,
  { studies }: Plan,
  began: number,
): Promise<readonly SentStudy[]> {
  const pools = { other: poolOf(otherStudies), broken: poolOf(brokenStudies) };
  return Promise.all(
    studies.map(async (planned): Promise<SentStudy> => {
      const { sort, number, atMs } = planned;
      await pause(Math.max(0, atMs - (performance.now() - began)));
      const { part10, ...study } = sort === 'chest' ? smallChestStudy(number) : pools[sort]();
      await send(orthanc, part10, study, planned);
      return { study, planned };
    }),
  );
}

async function send(
  orthanc: PrivateOrthanc,
  part10: Uint8Array,
  { StudyInstanceUID }: SentStudy['study'],
  { fate, thenMs }: PlannedStudy,
): Promise<void> {
  const upload = () => stubbornly(() => orthanc.upload(part10, longestTryMs));
  const remove = () =>
    stubbornly(async () => {
      for (const id of await lookUp(orthanc, StudyInstanceUID)) {
        await orthanc.delete(`/studies/${id}`);
      }
    });
  await upload();
  if (fate === 'once') return;
  await pause(thenMs);
  if (fate !== 'twice') await remove();
  if (fate === 'deleted') return;
  await pause(thenMs / 4);
  await upload();
}

async function stubbornly(act: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      await act();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await pause(retryMs);
    }
  }
}

/** One after the other, made anew when all are used. */
function poolOf(make: () => readonly Study[]): () => Study {
  let pool: Study[] = [];
  return () => {
    if (pool.length === 0) pool = [...make()];
    const next = pool.shift();
    if (next === undefined) throw new Error('no studies to send');
    return next;
  };
}
