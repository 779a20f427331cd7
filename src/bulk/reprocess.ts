import type { ReprocessReport, ReprocessRequest } from '../ports/tasks.js';
import { openJournal } from './journal.js';
import { createPace } from './pace.js';
import { selectionOf } from './selection.js';
import type { TaskControl, TaskTools } from './task.js';

interface Place {
  readonly behind: string;
}

const rowsAtOnce = 100;

/**
 * Sends the originals of stored and withdrawn colour through the rules of now, or to another model. What stands
 * in the archive stays there; the same rendering again finds itself stored. A task that was left goes on.
 */
export async function reprocess(
  request: ReprocessRequest,
  tools: TaskTools,
  { signal, progress }: TaskControl,
): Promise<ReprocessReport> {
  const { archive, ledger, upkeep, book, now } = tools;
  const { kind, askedBy, dryRun, perSecond, toModel } = request;
  const selection = selectionOf(request);
  const options = { ...selection, ...(toModel === undefined ? {} : { toModel }) };
  const journal = openJournal<Place, ReprocessReport>(
    book,
    { kind, options, askedBy, dryRun },
    now,
  );
  const selected = upkeep.count(selection);
  let report = journal.report ?? { selected, queued: 0, originalsGone: 0 };
  if (dryRun) return report;
  const pace = createPace(perSecond);
  let behind = journal.place?.behind ?? '';
  for (;;) {
    const rows = upkeep.selected({ ...selection, withdrawn: true }, behind, rowsAtOnce);
    for (const row of rows) {
      await pace(signal);
      await tools.room(signal);
      if ((await archive.identify(row.orthancId)) === undefined) {
        report = { ...report, originalsGone: report.originalsGone + 1 };
      } else {
        journal.audit({ action: 'reprocess', image: row });
        if (toModel === undefined) ledger.askFor([row.orthancId]);
        else await tools.colour(row.orthancId, toModel);
        report = { ...report, queued: report.queued + 1 };
        tools.wake();
      }
      behind = row.id;
      journal.save({ behind }, report);
      const { stored, withdrawn } = report.selected;
      progress(report.queued + report.originalsGone, stored + withdrawn);
    }
    if (rows.length === 0) break;
  }
  journal.finish(report);
  return report;
}
