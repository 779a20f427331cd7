import { relabelledAttributes } from '../dicom/relabelled.js';
import { asColouriseError } from '../domain/errors.js';
import { type Finding, noted, type SweepReport } from '../domain/sweep.js';
import type { ImageRow } from '../ports/ledger.js';
import type { Archive } from '../ports/pacs.js';
import type { SweepRequest } from '../ports/tasks.js';
import type { StoredPlace } from '../ports/upkeep.js';
import { eraseOwn } from './erase-own.js';
import type { Journal } from './journal.js';
import type { SweepPlace } from './sweep.js';
import type { TaskControl, TaskTools } from './task.js';

interface Compared {
  readonly finding: Finding;
  readonly differs?: readonly string[];
}

const rowsAtOnce = 200;

/** Looks for the original and the colour of every stored row of those days; the ledger is read study by study. */
export async function compareStored(
  request: SweepRequest,
  before: SweepReport,
  from: StoredPlace,
  journal: Journal<SweepPlace, SweepReport>,
  tools: TaskTools,
  { signal, progress }: TaskControl,
): Promise<SweepReport> {
  const since = new Date(before.since);
  const twice = duplicateFinder();
  let report = before;
  for (let behind = from; ;) {
    const rows = tools.upkeep.storedSince(since, behind, rowsAtOnce);
    for (const row of rows) {
      signal.throwIfAborted();
      const found = await compare(row, tools.archive);
      report = { ...report, compared: report.compared + 1 };
      const { id, source } = row;
      const SOPInstanceUID = source?.SOPInstanceUID ?? '';
      for (const each of [...found, ...twice(row)]) {
        report = noted(report, { id, SOPInstanceUID, ...each });
      }
      if (!request.dryRun && (await mend(row, found, request, journal, tools))) {
        report = { ...report, requeued: report.requeued + 1 };
      }
      behind = { StudyInstanceUID: source?.StudyInstanceUID ?? '', id };
      journal.save({ step: 'ledger', behind }, report);
      progress(report.compared, report.compared);
    }
    if (rows.length === 0) return report;
  }
}

/** What is wrong with the colour of one row; nothing where original and colour went together. */
async function compare(row: ImageRow, archive: Archive): Promise<readonly Compared[]> {
  if (row.output === undefined || row.source === undefined) return [];
  const copies = await archive.locate(row.output.SOPInstanceUID);
  const originalId = await originalOf(row, archive);
  if (originalId === undefined) return copies.length > 0 ? [{ finding: 'originalDeleted' }] : [];
  if (copies.length === 0) return [{ finding: 'outputDeleted' }];
  const differs = await differences(row, originalId, copies, archive);
  return [
    ...(copies.length > 1 ? [{ finding: 'duplicate' } as const] : []),
    ...(differs.length > 0 ? [{ finding: 'relabelled', differs } as const] : []),
  ];
}

/** Orthanc id of the original: a merge of patients gives it another one. */
async function originalOf({ orthancId, source }: ImageRow, archive: Archive) {
  const held = await archive.locate(source?.SOPInstanceUID ?? '');
  return held.includes(orthancId) ? orthancId : held[0];
}

async function differences(
  { source, output }: ImageRow,
  originalId: string,
  copies: readonly string[],
  archive: Archive,
): Promise<readonly string[]> {
  const original = await archive.identify(originalId);
  if (original === undefined || source === undefined || output === undefined) return [];
  const received = (await archive.reception(originalId))?.receivedAt;
  for (const copy of copies) {
    const held = await archive.identify(copy);
    if (held === undefined) continue;
    // An Orthanc id of a study is made of its UID and of the patient's.
    if (held.studyOrthancId !== original.studyOrthancId) return ['PatientID'];
    const stored = (await archive.reception(copy))?.receivedAt;
    // A file never changes: other data can only have come with a later one.
    if (received && stored && received < stored) continue;
    const differs = await relabelled(archive, original, held);
    if (differs.length > 0) return differs;
  }
  return [];
}

async function relabelled(
  archive: Archive,
  original: Parameters<Archive['metadata']>[0],
  colour: Parameters<Archive['metadata']>[0],
): Promise<readonly string[]> {
  try {
    const [now, then] = [await archive.metadata(original), await archive.metadata(colour)];
    return now && then ? relabelledAttributes(now, then) : [];
  } catch (thrown) {
    // Two patients under one Study UID: which of them is meant cannot be told over DICOMweb.
    if (asColouriseError(thrown).code === 'PACS_NOT_SERVED') return ['PatientID'];
    throw thrown;
  }
}

/** Queues the row again where that was asked for, or where an earlier sweep was ended before it could. */
async function mend(
  row: ImageRow,
  found: readonly Compared[],
  { restore, redo }: SweepRequest,
  journal: Journal<SweepPlace, SweepReport>,
  { archive, ledger, wake, log }: TaskTools,
): Promise<boolean> {
  const has = (finding: Finding) => found.some((each) => each.finding === finding);
  if (has('outputDeleted') && (restore || row.code === 'REDO')) {
    journal.audit({ action: 'restore', image: row });
  } else if (has('relabelled') && redo) {
    const erasure = await eraseOwn(row, archive, () => {
      journal.audit({ action: 'redo', image: row });
      ledger.announceRedo(row.id);
    });
    if (erasure === 'notOurs') {
      log.warn({ id: row.id }, 'what stands under the UID of this row is not ours: left alone');
      return false;
    }
  } else {
    return false;
  }
  const queued = ledger.requeue(row.id);
  wake();
  return queued;
}

/** Rows come study by study. Several colours that one decision wanted are no duplicates of each other. */
function duplicateFinder(): (row: ImageRow) => readonly Compared[] {
  let study = '';
  const seen = new Map<string, readonly string[]>();
  return ({ source, model, modelVersion, rulesVersion }) => {
    if (source === undefined) return [];
    if (source.StudyInstanceUID !== study) seen.clear();
    study = source.StudyInstanceUID;
    const key = `${source.SOPInstanceUID} ${model ?? ''} ${modelVersion ?? ''}`;
    const others = seen.get(key) ?? [];
    if (others.includes(rulesVersion)) return [];
    seen.set(key, [...others, rulesVersion]);
    return others.length > 0 ? [{ finding: 'duplicate' }] : [];
  };
}
