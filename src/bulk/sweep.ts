import { emptyReport, noted, type Fate, type SweepReport } from '../domain/sweep.js';
import type { HeldInstance } from '../ports/archive-index.js';
import type { SweepRequest } from '../ports/tasks.js';
import type { StoredPlace } from '../ports/upkeep.js';
import { compareStored } from './compare-stored.js';
import { inventoryStudies, type InventoryPosition } from './inventory.js';
import { openJournal } from './journal.js';
import type { TaskControl, TaskTools } from './task.js';

/** First what the archive holds is looked up in the ledger, then what the ledger calls stored in the archive. */
export type SweepPlace =
  | { readonly step: 'archive'; readonly position: InventoryPosition }
  | { readonly step: 'ledger'; readonly behind: StoredPlace };

const dayMs = 24 * 60 * 60 * 1000;
const atFirst: StoredPlace = { StudyInstanceUID: '', id: '' };

/**
 * Compares the archive's last days with the ledger. What the ledger never heard of is admitted, and the rules
 * decide it as any arrival. What became of stored colour is reported, and mended where that was asked for.
 */
export async function sweep(
  request: SweepRequest,
  tools: TaskTools,
  control: TaskControl,
): Promise<SweepReport> {
  const { kind, days, restore, redo, askedBy, dryRun } = request;
  const { book, now, archive } = tools;
  const journal = openJournal<SweepPlace, SweepReport>(
    book,
    { kind, options: { days, restore, redo }, askedBy, dryRun },
    now,
  );
  let report = journal.report ?? emptyReport(new Date(now().getTime() - days * dayMs));
  const since = new Date(report.since);
  const { place } = journal;

  if (place?.step !== 'ledger') {
    const look = lookUp(since, dryRun, tools, control.signal);
    const studies = inventoryStudies(archive, {
      since,
      signal: control.signal,
      onProgress: ({ looked, of }) => {
        control.progress(looked, of);
      },
      ...(place === undefined ? {} : { from: place.position }),
    });
    for await (const { instances, position } of studies) {
      report = await look(instances, report);
      journal.save({ step: 'archive', position }, report);
    }
  }
  const behind = place?.step === 'ledger' ? place.behind : atFirst;
  report = await compareStored(request, report, behind, journal, tools, control);
  journal.finish(report);
  return report;
}

/** Looks the instances of one study up in the ledger; admits those that it does not know. */
function lookUp(
  since: Date,
  dryRun: boolean,
  { archive, ledger, upkeep, catchUp, room, wake }: TaskTools,
  signal: AbortSignal,
): (instances: readonly HeldInstance[], report: SweepReport) => Promise<SweepReport> {
  const sinceSecond = Math.floor(since.getTime() / 1000) * 1000;
  /** The change log has more to tell than can be read soon: then what is unknown will come by itself. */
  let behindTheLog = false;

  const isOfThoseDays = async ({ orthancId }: HeldInstance): Promise<boolean> => {
    const reception = await archive.reception(orthancId);
    if (reception === undefined) return false;
    return (reception.receivedAt?.getTime() ?? sinceSecond) >= sinceSecond;
  };

  return async (instances, before) => {
    const fates = new Map(upkeep.fates(instances.map(({ orthancId }) => orthancId)));
    const unknown: HeldInstance[] = [];
    for (const instance of instances) {
      // What came before those days may have been forgotten by retention.
      if (!fates.has(instance.orthancId) && (await isOfThoseDays(instance))) unknown.push(instance);
    }
    if (unknown.length > 0) {
      behindTheLog ||= !(await catchUp(signal));
      for (const [id, fate] of upkeep.fates(unknown.map(({ orthancId }) => orthancId))) {
        fates.set(id, fate);
      }
      if (behindTheLog) {
        for (const { orthancId } of unknown) {
          if (!fates.has(orthancId)) fates.set(orthancId, 'pending');
        }
      }
    }
    const missing = unknown.filter(({ orthancId }) => !fates.has(orthancId));
    const counted = withFates(before, [...fates.values()]);
    if (missing.length === 0) return counted;
    if (!dryRun) {
      await room(signal);
      const seq = ledger.cursor();
      ledger.admit(
        missing.map(({ orthancId }) => ({ orthancId, seq })),
        seq,
      );
      wake();
    }
    return missing.reduce<SweepReport>(
      (report, { orthancId, SOPInstanceUID }) =>
        noted(report, { finding: 'missing', id: orthancId, SOPInstanceUID }),
      {
        ...counted,
        arrived: counted.arrived + missing.length,
        missing: counted.missing + missing.length,
        admitted: counted.admitted + (dryRun ? 0 : missing.length),
      },
    );
  };
}

function withFates(report: SweepReport, fates: readonly Fate[]): SweepReport {
  const count = (fate: Fate) => fates.filter((each) => each === fate).length;
  return {
    ...report,
    arrived: report.arrived + fates.length - count('own'),
    stored: report.stored + count('stored'),
    skipped: report.skipped + count('skipped'),
    failed: report.failed + count('failed'),
    pending: report.pending + count('pending'),
  };
}
