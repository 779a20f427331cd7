import type { Fate } from '../domain/sweep.js';
import type { ImageRow } from './ledger.js';

/** Which stored images: of a model, of one version of it, settled in a time, or one alone. */
export interface Selection {
  readonly model: string;
  readonly version?: string;
  readonly since?: Date;
  readonly until?: Date;
  /** The id of its row. */
  readonly image?: string;
}

export interface SelectionCounts {
  readonly stored: number;
  readonly withdrawn: number;
  /** Still on their way to be stored; left alone. */
  readonly pending: number;
  readonly studies: number;
}

/** Empty at the beginning. */
export interface StoredPlace {
  readonly StudyInstanceUID: string;
  readonly id: string;
}

/** What work on many rows asks of the ledger. */
export interface Upkeep {
  /** What became of arrivals, by Orthanc id; those that the ledger does not know are left out. */
  fates(orthancIds: readonly string[]): ReadonlyMap<string, Fate>;
  /** Stored rows settled since then, ordered by study, then id, behind a place of an earlier page. */
  storedSince(since: Date, behind: StoredPlace, limit: number): readonly ImageRow[];
  /** Stored rows of a selection, and withdrawn ones if asked for, ordered by id, behind an id. */
  selected(
    selection: Selection & { readonly withdrawn: boolean },
    behind: string,
    limit: number,
  ): readonly ImageRow[];
  count(selection: Selection): SelectionCounts;
}

export type TaskKind = 'sweep' | 'withdraw' | 'reprocess';

export interface TaskRecord {
  readonly id: number;
  readonly kind: TaskKind;
  readonly startedAt: Date;
  /** Where to take it up; undefined at the beginning. Plain data. */
  readonly place: unknown;
  /** What it has found and done so far; undefined at the beginning. Plain data. */
  readonly report: unknown;
}

/** One act on a stored image. */
export interface AuditLine {
  readonly action: 'withdraw' | 'redo' | 'restore' | 'reprocess';
  readonly image: ImageRow;
}

/** What was done to many images, by whom: tasks that survive their process, and a line for each act. */
export interface TaskBook {
  /**
   * Takes up the latest task of this kind with equal options if it was begun since then and not finished;
   * begins one otherwise.
   */
  begin(
    kind: TaskKind,
    options: Readonly<Record<string, unknown>>,
    askedBy: string,
    resumableSince: Date,
  ): TaskRecord;
  save(id: number, place: unknown, report: unknown): void;
  /** It came to its end. */
  finish(id: number, report: unknown): void;
  /** When the latest task of a kind with this origin began, and whether it came to its end. */
  last(
    kind: TaskKind,
    askedBy: string,
  ): { readonly startedAt: Date; readonly isFinished: boolean } | undefined;
  /** Before the act. A line that the task has written already is not written again. */
  audit(task: number, line: AuditLine): void;
}
