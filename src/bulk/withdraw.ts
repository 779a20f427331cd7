import type { WithdrawReport, WithdrawRequest } from '../ports/tasks.js';
import { eraseOwn } from './erase-own.js';
import { openJournal } from './journal.js';
import { createPace } from './pace.js';
import { selectionOf } from './selection.js';
import type { TaskControl, TaskTools } from './task.js';

const rowsAtOnce = 100;
const mostIds = 20;

/**
 * Removes the colour images of one version of a model, each after an audit line, and marks their rows. Taken up by
 * asking again: what is done is not selected any more, and a row whose image is gone is only marked.
 */
export async function withdraw(
  request: WithdrawRequest,
  { archive, ledger, upkeep, book, now, log }: TaskTools,
  { signal, progress }: TaskControl,
): Promise<WithdrawReport> {
  const selection = selectionOf(request);
  const selected = upkeep.count(selection);
  let report: WithdrawReport = {
    selected,
    withdrawn: 0,
    alreadyGone: 0,
    refused: 0,
    refusedIds: [],
  };
  if (request.dryRun) return report;
  const { askedBy, perSecond, kind } = request;
  const journal = openJournal(book, { kind, options: selection, askedBy, dryRun: false }, now);
  const pace = createPace(perSecond);
  for (let behind = ''; ;) {
    const rows = upkeep.selected({ ...selection, withdrawn: false }, behind, rowsAtOnce);
    for (const row of rows) {
      await pace(signal);
      const erasure = await eraseOwn(row, archive, () => {
        journal.audit({ action: 'withdraw', image: row });
      });
      if (erasure === 'notOurs') {
        const refusedIds = [...report.refusedIds, row.id].slice(0, mostIds);
        report = { ...report, refused: report.refused + 1, refusedIds };
        log.warn({ id: row.id }, 'what stands under the UID of this row is not ours: left alone');
      } else if (
        ledger.withdraw(row.id, `${row.model ?? ''} ${row.modelVersion ?? ''} withdrawn`)
      ) {
        const alreadyGone = report.alreadyGone + (erasure === 'gone' ? 1 : 0);
        report = { ...report, withdrawn: report.withdrawn + 1, alreadyGone };
      }
      progress(report.withdrawn + report.refused, selected.stored);
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    behind = last.id;
  }
  journal.finish(report);
  return report;
}
