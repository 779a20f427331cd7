import type { Logger } from 'pino';
import type { Ledger } from '../ports/ledger.js';
import type { Change, ChangeFeed, ChangePage } from '../ports/pacs.js';
import type { StepResult } from './loop.js';

export interface FollowTools {
  readonly feed: ChangeFeed;
  readonly ledger: Ledger;
  readonly log: Logger;
  /** Rows of the change log asked for at once. */
  readonly pageSize: number;
  /** Arrivals that still wait for a decision. */
  readonly undecided: () => number;
  /** Reading pauses while more wait than this: the change log keeps them better than we do. */
  readonly maxUndecided: number;
}

/**
 * One page of Orthanc's change log into the ledger; the cursor moves in the same transaction.
 * Arrivals are admitted before anything is done with them, so whatever ends this process loses nothing.
 */
export async function followChanges({
  feed,
  ledger,
  log,
  pageSize,
  undecided,
  maxUndecided,
}: FollowTools): Promise<StepResult> {
  if (undecided() >= maxUndecided) return 'idle';
  const cursor = ledger.cursor();
  const lastRow = ledger.lastRow();
  // The last row that was read is asked for again, to see that this is still the same log.
  const page =
    lastRow === undefined
      ? await feed.changes(cursor, pageSize)
      : await feed.changes(cursor - 1, pageSize + 1);
  if (isAnotherLog(page, cursor, lastRow)) {
    // Derived UIDs make reading everything again harmless.
    log.warn(
      { cursor, last: page.last },
      'the change log is not the one that was read before: Orthanc was reset; starting over',
    );
    ledger.startOver();
    return 'more';
  }
  const arrivals = page.changes.filter(({ type, seq }) => type === 'NewInstance' && seq > cursor);
  const latest = page.changes.at(-1);
  ledger.admit(arrivals, page.last, latest?.seq === page.last ? textOf(latest) : undefined);
  return page.done ? 'idle' : 'more';
}

/** A deleted resource takes its rows with it, so a row that is missing proves nothing. */
function isAnotherLog(page: ChangePage, cursor: number, lastRow: string | undefined): boolean {
  const there = page.changes.find(({ seq }) => seq === cursor);
  return (
    page.last < cursor ||
    (lastRow !== undefined && there !== undefined && textOf(there) !== lastRow)
  );
}

const textOf = ({ type, orthancId, date }: Change) => `${date} ${type} ${orthancId}`;
