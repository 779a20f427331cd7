import { openTasks } from '../compose/tasks.js';
import { DataFolderBusy } from '../adapters/sqlite/database.js';
import type { Settings } from '../config/load-settings.js';
import { ColouriseError } from '../domain/errors.js';
import type { TaskRequest } from '../ports/tasks.js';
import { createLogger } from './logger.js';
import { askService } from './service-client.js';

/** As much of a task as a command shows. */
export interface SeenTask {
  readonly outcome?: 'done' | 'cancelled' | 'failed' | undefined;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly done: number;
  readonly of: number;
  readonly report?: unknown;
}

/** Where a command asks for work on many images: here, or at the service that runs. */
export interface TaskDesk {
  start(request: TaskRequest): Promise<void>;
  latest(): Promise<SeenTask | undefined>;
  /** Returns once the image in hand is done. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** The data folder itself, or the service that writes it. */
export async function openDesk(settings: Settings, dryRun: boolean): Promise<TaskDesk> {
  try {
    // Findings are the result of the command; only faults are worth a line beside it.
    const running = await openTasks(settings, createLogger('error'), { dryRun });
    const { tasks } = running;
    return {
      start: (request) => {
        if (tasks.start(request)) return Promise.resolve();
        return Promise.reject(new ColouriseError('INTERNAL', 'a task runs already'));
      },
      latest: () => Promise.resolve(tasks.latest()),
      cancel: () => tasks.cancel(),
      close: () => running.stop(),
    };
  } catch (thrown) {
    if (thrown instanceof DataFolderBusy) return askService(settings);
    throw thrown;
  }
}
