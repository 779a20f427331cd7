import type { Logger } from 'pino';
import { asColouriseError, type ErrorCode } from '../domain/errors.js';

/** What one step of a loop found: more to do at once, or nothing until later. */
export type StepResult = 'more' | 'idle';

export interface Loop {
  /** Looks at once instead of at the next poll. */
  wake(): void;
  /** `starting` until the first step ended. */
  readonly state: 'starting' | 'well' | 'faulty';
  /** What the last step ended with, in one sentence; undefined while all is well. */
  readonly fault: string | undefined;
  /** Ends after the step in hand. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly name: string;
  /** Pause after a step that found nothing, ms. */
  readonly pollMs: number;
  /** Longest pause after repeated faults, ms: it doubles from `pollMs`. */
  readonly maxBackOffMs: number;
  readonly log: Logger;
}

/** Repeats a step for ever. A fault is logged once when it appears and once when it is over. */
export function startLoop(options: LoopOptions, step: () => Promise<StepResult>): Loop {
  const { name, pollMs, maxBackOffMs, log } = options;
  const stopping = new AbortController();
  let wakeUps = 0;
  let started = false;
  let code: ErrorCode | undefined;
  let fault: string | undefined;
  let faults = 0;
  let endPause = (): void => undefined;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (stopping.signal.aborted) {
        resolve();
        return;
      }
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const once = async (): Promise<StepResult> => {
    try {
      const result = await step();
      if (code !== undefined) log.info({ loop: name }, 'all is well again');
      [code, fault, faults] = [undefined, undefined, 0];
      return result;
    } catch (thrown) {
      const error = asColouriseError(thrown);
      // One line for an outage, however long it lasts.
      if (code !== error.code) log.error({ loop: name, code: error.code }, error.message);
      [code, fault] = [error.code, `${name}: ${error.message}`];
      faults += 1;
      return 'idle';
    } finally {
      started = true;
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const wakeUpsBefore = wakeUps;
      const result = await once();
      if (result === 'more') continue;
      // A wake-up that came during the step must not be slept through; one during a fault may be.
      if (wakeUps > wakeUpsBefore && faults === 0) continue;
      await pause(
        faults === 0 ? pollMs : Math.min(maxBackOffMs, pollMs * 2 ** Math.min(faults, 16)),
      );
    }
  };

  const ended = run();
  return {
    wake() {
      wakeUps += 1;
      if (faults === 0) endPause();
    },
    get state() {
      if (!started) return 'starting';
      return fault === undefined ? 'well' : 'faulty';
    },
    get fault() {
      return fault;
    },
    async stop() {
      stopping.abort();
      endPause();
      await ended;
    },
  };
}
