import assert from 'node:assert/strict';
import { colourInstances } from './archive.js';
import type { PrivateOrthanc } from './orthanc.js';
import { until } from './process.js';
import type { ImageAnswer, ServiceProcess } from './service.js';
import type { Study } from './studies.js';

/** Waits until every study has a row and none is under way. */
export async function settled(
  service: ServiceProcess,
  studies: readonly Study[],
  timeoutMs = 180_000,
): Promise<void> {
  await until(
    'all studies to be settled',
    async () => {
      const rows = await service.images();
      if (rows.some(({ state }) => state === 'pending')) return false;
      const done = new Set(rows.map(({ source }) => source?.SOPInstanceUID));
      return studies.every(({ SOPInstanceUID }) => done.has(SOPInstanceUID));
    },
    timeoutMs,
    250,
  );
}

/** What must hold at the end, however the service got there: each study as expected, nothing doubled. */
export async function assertSettledAsExpected(
  service: ServiceProcess,
  orthanc: PrivateOrthanc,
  studies: readonly Study[],
): Promise<void> {
  const rows = await service.images();
  const found = await Promise.all(
    studies.map(async ({ name, StudyInstanceUID, SOPInstanceUID }) => {
      const own = rows.filter(({ source }) => source?.SOPInstanceUID === SOPInstanceUID);
      const colour = await colourInstances(orthanc, StudyInstanceUID);
      const outputs = colour.map((ref) => ref.SOPInstanceUID);
      return { name, rows: own.map((row) => became(row)), outputs };
    }),
  );
  const wanted = studies.map(({ name, expected, SOPInstanceUID }) => {
    const row = rows.find(({ source }) => source?.SOPInstanceUID === SOPInstanceUID);
    const output = row?.output?.SOPInstanceUID ?? 'missing';
    return { name, rows: [expected], outputs: expected.state === 'stored' ? [output] : [] };
  });
  assert.deepEqual(found, wanted);
  assert.ok(rows.every(({ reason }) => reason !== ''));
}

function became({ state, code }: ImageAnswer): object {
  return { state, ...(code ? { code } : {}) };
}
