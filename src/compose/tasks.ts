/** Work on many images: beside the service that runs, or over a data folder that nobody else writes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StateDatabase } from '../adapters/sqlite/database.js';
import { SqliteLedger } from '../adapters/sqlite/sqlite-ledger.js';
import { SqliteTaskBook } from '../adapters/sqlite/sqlite-task-book.js';
import { SqliteUpkeep } from '../adapters/sqlite/sqlite-upkeep.js';
import { openPacs } from './connections.js';
import { knownNames } from './forwarding.js';
import { loadRules } from '../config/load-rules.js';
import type { Settings } from '../config/load-settings.js';
import { openRegistry } from '../models/registry.js';
import type { ArchiveWatch } from '../pipeline/archive-watch.js';
import { followChanges } from '../pipeline/follow-changes.js';
import { startNightly } from '../bulk/nightly.js';
import type { RouteTools } from '../pipeline/route-arrival.js';
import type { TaskTools } from '../bulk/task.js';
import { createTasks } from '../bulk/tasks.js';
import { triggerImages } from '../pipeline/trigger.js';
import type { LedgerReader } from '../ports/ledger.js';
import type { Archive } from '../ports/pacs.js';
import type { Tasks } from '../ports/tasks.js';

/** What the service lends to work on many images. */
export interface ServiceParts {
  readonly database: StateDatabase;
  readonly reader: LedgerReader;
  readonly watch: ArchiveWatch;
  readonly route: RouteTools;
  /** Looks for work at once. */
  readonly wake: () => void;
  /** A task ended. */
  readonly changed: () => void;
}

export interface RunningTasks {
  readonly tasks: Tasks;
  stop(): Promise<void>;
}

/** How long a sweep waits for the change log to be read before it leaves what is unknown to it, ms. */
const catchUpMs = 10_000;
/** Between two looks at whether there is room, or nothing left to read, ms. */
const lookAgainMs = 250;
/** Copies of one image in bulk wait behind what arrives. */
const bulkPriority = 1;

/** Tasks on request, and the sweep of every night. */
export function startTasks(
  settings: Settings,
  { database, reader, watch, route, wake, changed }: ServiceParts,
): RunningTasks {
  const { ledger, now, log } = route;
  const { archive } = watch;
  const { maxUndecided } = settings.intake;
  const tools: TaskTools = {
    archive,
    ledger,
    upkeep: new SqliteUpkeep(database),
    book: new SqliteTaskBook(database, now),
    async catchUp(signal) {
      const end = performance.now() + catchUpMs;
      for (;;) {
        wake();
        if (await isRead(archive, ledger.cursor())) return true;
        if (performance.now() > end) return false;
        await sleep(lookAgainMs, undefined, { signal });
      }
    },
    async room(signal) {
      while (reader.balance().undecided >= maxUndecided) {
        await sleep(lookAgainMs, undefined, { signal });
      }
    },
    wake,
    colour: (orthancId, model) => colour(orthancId, model, route),
    now,
    log,
  };
  const tasks = createTasks(tools, {
    whenWell: (signal) => watch.whenWell(signal),
    onChange: (state) => {
      nightly.ended(state);
      changed();
    },
  });
  const { enabled, hour, days, deletedColour, relabelled } = settings.sweep;
  const nightly = startNightly(
    {
      enabled,
      hour,
      days,
      restore: deletedColour === 'restore',
      redo: relabelled === 'redo',
    },
    { tasks, book: tools.book, reader, now, log },
  );
  return {
    tasks,
    async stop() {
      nightly.stop();
      await tasks.cancel();
    },
  };
}

/**
 * Tasks over a data folder without a service. What they admit or queue again is done when the service starts.
 * @throws `DataFolderBusy` while the service runs
 */
export async function openTasks(
  settings: Settings,
  log: Logger,
  { dryRun }: { readonly dryRun: boolean },
): Promise<RunningTasks> {
  const database = StateDatabase.openForWriting(settings.data.folder);
  const archive = openPacs(settings);
  try {
    const now = () => new Date();
    const ledger = new SqliteLedger(database, now);
    const rules = await loadRules(settings.rules.file, knownNames(settings));
    const registry = await openRegistry(settings.models.folder, settings.models.installed);
    const route: RouteTools = {
      feed: archive,
      pacs: archive,
      ledger,
      registry,
      rules: () => rules,
      defaultModel: settings.models.default,
      timeZone: settings.rules.timeZone,
      stablePollMs: settings.intake.stablePollMs,
      maxAttempts: settings.queue.maxAttempts,
      archiveIsAway: () => false,
      now,
      log,
    };
    const follow = {
      feed: archive,
      ledger,
      log,
      pageSize: settings.intake.pageSize,
      undecided: () => 0,
      maxUndecided: Infinity,
    };
    const tasks = createTasks({
      archive,
      ledger,
      upkeep: new SqliteUpkeep(database),
      book: new SqliteTaskBook(database, now),
      async catchUp(signal) {
        if (dryRun) return !(await tellsOfArrivals(archive, ledger.cursor(), signal));
        while ((await followChanges(follow)) === 'more') signal.throwIfAborted();
        return true;
      },
      room: () => Promise.resolve(),
      wake: () => undefined,
      colour: (orthancId, model) => colour(orthancId, model, route),
      now,
      log,
    });
    return {
      tasks,
      async stop() {
        await tasks.cancel();
        archive.close();
        database.close();
      },
    };
  } catch (thrown) {
    archive.close();
    database.close();
    throw thrown;
  }
}

/** Whether the change log has nothing more to tell; one that was begun anew is read from its start. */
async function isRead(archive: Archive, cursor: number): Promise<boolean> {
  const { changes, last } = await archive.changes(cursor, 1);
  if (last >= cursor) return changes.length === 0;
  return (await archive.changes(0, 1)).changes.length === 0;
}

/** Whether the part of the change log that was not yet read has new instances. */
async function tellsOfArrivals(archive: Archive, from: number, signal: AbortSignal) {
  for (let cursor = from; ;) {
    signal.throwIfAborted();
    const { changes, last, done } = await archive.changes(cursor, 1000);
    if (changes.some(({ type }) => type === 'NewInstance')) return true;
    // Begun anew: it is read from its start.
    if (last < cursor) cursor = 0;
    else if (done) return false;
    else cursor = last;
  }
}

async function colour(orthancId: string, model: string, route: RouteTools): Promise<void> {
  await triggerImages({ level: 'instance', orthancId, model, priority: bulkPriority }, route);
}
