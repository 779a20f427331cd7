import type { Logger } from 'pino';
import { balanceLine } from '../domain/sweep.js';
import { dailyBalance } from '../pipeline/daily-balance.js';
import type { LedgerReader } from '../ports/ledger.js';
import type { Tasks, TaskState } from '../ports/tasks.js';
import type { TaskBook } from '../ports/upkeep.js';

export interface NightlyOptions {
  readonly enabled: boolean;
  /** Hour of the day, local time, 0 to 23. */
  readonly hour: number;
  readonly days: number;
  readonly restore: boolean;
  readonly redo: boolean;
}

export interface NightlyTools {
  readonly tasks: Tasks;
  readonly book: TaskBook;
  readonly reader: LedgerReader;
  readonly now: () => Date;
  readonly log: Logger;
}

export interface Nightly {
  /** Told of every task that ends: the line of the day follows the sweep of the night. */
  ended(state: TaskState): void;
  stop(): void;
}

const nightly = 'nightly';
const lookEveryMs = 60_000;

/**
 * Sweeps once a day and says the balance in one line. A service that was down at that hour sweeps when it is back,
 * and one that was ended in the middle of a sweep goes on with it.
 */
export function startNightly(options: NightlyOptions, tools: NightlyTools): Nightly {
  const { enabled, hour, days, restore, redo } = options;
  const { tasks, book, reader, now, log } = tools;
  const before = enabled ? book.last('sweep', nightly) : undefined;
  let last = before?.startedAt ?? now();
  let wasLeft = before !== undefined && !before.isFinished;

  const look = (): void => {
    if (!wasLeft && dueSince(now(), hour) <= last) return;
    if (!enabled) {
      last = now();
      sayBalance();
      return;
    }
    const request = {
      kind: 'sweep',
      days,
      restore,
      redo,
      dryRun: false,
      askedBy: nightly,
    } as const;
    // Another task may be under way: then a minute later.
    if (tasks.start(request) === undefined) return;
    last = now();
    wasLeft = false;
  };

  const sayBalance = (): void => {
    const daily = dailyBalance(reader, now());
    log.info(daily, `balance of the day: ${balanceLine({ missing: undefined, ...daily })}`);
  };

  const timer = setInterval(look, lookEveryMs);
  const first = setTimeout(look, 0);
  return {
    ended(state) {
      const { kind, askedBy, outcome, code, reason, report } = state;
      log.info({ kind, askedBy, dryRun: state.dryRun, outcome, code, reason }, 'task ended');
      if (kind !== 'sweep' || state.dryRun || outcome !== 'done') return;
      if (report && 'findings' in report) {
        const { findings, missing, admitted, requeued } = report;
        const isClean = missing === 0 && Object.values(findings).every((count) => count === 0);
        log[isClean ? 'info' : 'warn']({ findings, missing, admitted, requeued }, 'swept');
      }
      if (askedBy === nightly) sayBalance();
    },
    stop() {
      clearInterval(timer);
      clearTimeout(first);
    },
  };
}

/** When the hour of the day last began, in local time. */
export function dueSince(now: Date, hour: number): Date {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate(), hour);
  if (today <= now) return today;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1, hour);
}
