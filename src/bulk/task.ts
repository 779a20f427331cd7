import type { Logger } from 'pino';
import type { Ledger } from '../ports/ledger.js';
import type { Archive } from '../ports/pacs.js';
import type { TaskBook, Upkeep } from '../ports/upkeep.js';

/** What work on many images needs of its surroundings: of a service that runs, or of a command alone. */
export interface TaskTools {
  readonly archive: Archive;
  readonly ledger: Ledger;
  readonly upkeep: Upkeep;
  readonly book: TaskBook;
  /** Lets the ledger read the change log to its end; false where that takes too long. */
  readonly catchUp: (signal: AbortSignal) => Promise<boolean>;
  /** Returns once there is room for more undecided arrivals. */
  readonly room: (signal: AbortSignal) => Promise<void>;
  /** Something became due or pending. */
  readonly wake: () => void;
  /** Queues one image for a model, whatever the rules say. */
  readonly colour: (orthancId: string, model: string) => Promise<void>;
  readonly now: () => Date;
  readonly log: Logger;
}

/** How a task is followed and ended from outside. */
export interface TaskControl {
  readonly signal: AbortSignal;
  readonly progress: (done: number, of: number) => void;
}
