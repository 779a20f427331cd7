import type { ErrorCode } from '../domain/errors.js';
import type { SweepReport } from '../domain/sweep.js';
import type { Selection, SelectionCounts } from './upkeep.js';

interface Common {
  /** Looks and counts, changes nothing. */
  readonly dryRun: boolean;
  /** Who wants it, for the audit: a user of this machine, the API, the nightly sweep. */
  readonly askedBy: string;
}

export interface SweepRequest extends Common {
  readonly kind: 'sweep';
  /** Look back so many days. */
  readonly days: number;
  /** Colours anew what somebody deleted by hand. */
  readonly restore: boolean;
  /** Replaces colour whose patient or study data are not those of its original any more. */
  readonly redo: boolean;
}

interface BulkRequest extends Common, Selection {
  /** Images a second, above 0. */
  readonly perSecond: number;
}

export interface WithdrawRequest extends BulkRequest {
  readonly kind: 'withdraw';
  readonly version: string;
}

export interface ReprocessRequest extends BulkRequest {
  readonly kind: 'reprocess';
  /** Whatever the rules say; absent: as the rules of now say. */
  readonly toModel?: string;
}

export type TaskRequest = SweepRequest | WithdrawRequest | ReprocessRequest;

export interface WithdrawReport {
  /** When it began, or was taken up. */
  readonly selected: SelectionCounts;
  /** Colour images that were removed. */
  readonly withdrawn: number;
  /** Of them, those that somebody had removed already. */
  readonly alreadyGone: number;
  /** What stands under our UID and is not ours; nothing was touched. Ids of the first rows. */
  readonly refused: number;
  readonly refusedIds: readonly string[];
}

export interface ReprocessReport {
  /** When it began. */
  readonly selected: SelectionCounts;
  /** Images that are decided anew, or queued for the model that was asked for. */
  readonly queued: number;
  /** Their originals were deleted from the archive. */
  readonly originalsGone: number;
}

/** Work on many images, under way or ended. */
export interface TaskState {
  readonly kind: TaskRequest['kind'];
  readonly dryRun: boolean;
  readonly askedBy: string;
  readonly startedAt: Date;
  readonly endedAt?: Date;
  /** Absent while it runs. What was cancelled or failed goes on when it is asked for again. */
  readonly outcome?: 'done' | 'cancelled' | 'failed';
  readonly code?: ErrorCode;
  readonly reason?: string;
  /** Studies or images that were looked at, of so many. */
  readonly done: number;
  readonly of: number;
  /** Once it is done. */
  readonly report?: SweepReport | WithdrawReport | ReprocessReport;
}

/** The one place where work on many images is begun; one at a time. */
export interface Tasks {
  /** Undefined while another runs. */
  start(request: TaskRequest): TaskState | undefined;
  /** The one that runs, or ran last in this process. */
  latest(): TaskState | undefined;
  /** Ends the one that runs after the image in hand. */
  cancel(): Promise<void>;
}
