import { setTimeout as sleep } from 'node:timers/promises';
import { asColouriseError } from '../domain/errors.js';
import { isOutage } from '../domain/settle.js';
import type { TaskRequest, Tasks, TaskState } from '../ports/tasks.js';
import { reprocess } from './reprocess.js';
import { sweep } from './sweep.js';
import type { TaskControl, TaskTools } from './task.js';
import { withdraw } from './withdraw.js';

export interface TasksOptions {
  /** Waits for an archive that is away; absent where an outage ends the task, which can be asked for again. */
  readonly whenWell?: (signal: AbortSignal) => Promise<boolean>;
  readonly onChange?: (state: TaskState) => void;
}

/** Before a task is taken up after an outage, ms: an archive that flickers is not asked at full speed. */
const breathMs = 1000;

/** Runs one task at a time. What ends it early loses nothing: its journal tells where to go on. */
export function createTasks(
  tools: TaskTools,
  { whenWell, onChange = () => undefined }: TasksOptions = {},
): Tasks {
  let state: TaskState | undefined;
  let stopping = new AbortController();
  let ended: Promise<void> = Promise.resolve();

  const change = (more: Partial<TaskState>): void => {
    if (state) state = { ...state, ...more };
    if (state && more.outcome !== undefined) onChange(state);
  };

  const run = async (request: TaskRequest, signal: AbortSignal): Promise<void> => {
    const control: TaskControl = {
      signal,
      progress: (done, of) => {
        change({ done, of });
      },
    };
    for (;;) {
      try {
        const report = await perform(request, tools, control);
        change({ outcome: 'done', report, endedAt: tools.now() });
        return;
      } catch (thrown) {
        const { code, message: reason } = asColouriseError(thrown);
        if (!signal.aborted && isOutage(code) && (await whenWell?.(signal)) === true) {
          await sleep(breathMs, undefined, { signal }).catch(() => undefined);
          continue;
        }
        const endedAt = tools.now();
        if (signal.aborted) change({ outcome: 'cancelled', endedAt });
        else change({ outcome: 'failed', code, reason, endedAt });
        return;
      }
    }
  };

  return {
    start(request) {
      if (state && state.outcome === undefined) return undefined;
      const { kind, dryRun, askedBy } = request;
      stopping = new AbortController();
      state = { kind, dryRun, askedBy, startedAt: tools.now(), done: 0, of: 0 };
      ended = run(request, stopping.signal);
      return state;
    },
    latest: () => state,
    async cancel() {
      stopping.abort();
      await ended;
    },
  };
}

function perform(request: TaskRequest, tools: TaskTools, control: TaskControl) {
  switch (request.kind) {
    case 'sweep':
      return sweep(request, tools, control);
    case 'withdraw':
      return withdraw(request, tools, control);
    case 'reprocess':
      return reprocess(request, tools, control);
    default:
      return request satisfies never;
  }
}
