import type { Logger } from 'pino';
import type { Ledger } from '../ports/ledger.js';
import type { ChangeFeed } from '../ports/pacs.js';
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
  const page = await feed.changes(cursor, pageSize);
  if (page.last < cursor) {
    // Derived UIDs make reading everything again harmless.
    log.warn(
      { cursor, last: page.last },
      'the change log is shorter than before: Orthanc was reset; starting over',
    );
    ledger.startOver();
    return 'more';
  }
  const arrivals = page.changes.filter(({ type }) => type === 'NewInstance');
  ledger.admit(arrivals, page.last);
  return page.done ? 'idle' : 'more';
}
