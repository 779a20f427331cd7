import type { DailyBalance } from '../http/api.js';
import type { LedgerReader } from '../ports/ledger.js';

const dayMs = 24 * 60 * 60 * 1000;

/** Of the last 24 hours, with what the last sweep missed in the days that it looked at. */
export function dailyBalance(reader: LedgerReader, now: Date): DailyBalance {
  const since = new Date(now.getTime() - dayMs);
  const { undecided, pending, stored, skipped, failed } = reader.balance(since);
  const swept = reader.lastSweep();
  return {
    since,
    arrived: undecided + pending + stored + skipped + failed,
    stored,
    skipped,
    failed,
    pending: undecided + pending,
    ...(swept ? { missing: swept.report.missing, sweptAt: swept.endedAt } : {}),
  };
}
