import type { SweepReport } from '../domain/sweep.js';
import type { ErrorCode } from '../domain/errors.js';
import type { Forward } from '../domain/forward.js';
import type {
  Appearance,
  InstanceRef,
  Job,
  Outcome,
  SkipCode,
  StageTimings,
} from '../domain/job.js';
import type { FoundStudy } from './patients.js';
import type { MeasuredModel } from '../domain/rehearsal.js';
import type { Explanation } from '../domain/rules/explanation.js';
import type { KeptExplanation } from '../domain/rules/kept-explanation.js';

/** An arrival that was not yet decided. */
export interface PendingArrival {
  readonly orthancId: string;
  readonly seq: number;
  readonly arrivedAt: Date;
  /** Looks at it that failed. */
  readonly attempts: number;
}

/** The UIDs of an arrived image, and its study's id in Orthanc. */
export interface ArrivedInstance extends InstanceRef {
  readonly studyOrthancId: string;
}

/** A decision about one arrived image: what to do, by which clause, under which version of the rules. */
export interface RoutedArrival {
  readonly source?: ArrivedInstance;
  readonly rule: string;
  readonly reason: string;
  readonly rulesVersion: string;
  /** Every clause that was considered; absent where no rule was asked. */
  readonly explanation?: Explanation;
  /** Empty when the image is skipped. */
  readonly jobs: readonly Job[];
  /** The jobs are left alone until then. */
  readonly notBefore?: Date;
  /** Set when `jobs` is empty. */
  readonly skip?: SkipCode;
  /** Set when the image could not even be described: the row ends as failed. */
  readonly failure?: ErrorCode;
  /** A few facts for the page, never the patient's name: Modality, BodyPartExamined, ViewPosition, SeriesDescription. */
  readonly summary: Readonly<Record<string, string>>;
}

/** An image that was found stored already is `stored`. */
export type ImageState = 'pending' | 'stored' | 'skipped' | 'failed';

/**
 * One row per (instance, rendering), with the job's id; one row per arrival that led to no job, with the
 * id `a-<orthancId>` and no model.
 */
export interface ImageRow extends Partial<Appearance> {
  readonly id: string;
  readonly orthancId: string;
  readonly source?: InstanceRef & Partial<ArrivedInstance>;
  readonly state: ImageState;
  readonly model?: string;
  readonly modelVersion?: string;
  readonly rule: string;
  readonly rulesVersion: string;
  /** Skip code or error code; of the last attempt while pending. */
  readonly code?: string;
  readonly reason: string;
  readonly attempts: number;
  readonly output?: { readonly SeriesInstanceUID: string; readonly SOPInstanceUID: string };
  readonly probability?: number;
  readonly summary: Readonly<Record<string, string>>;
  readonly timingsMs: StageTimings;
  readonly arrivedAt: Date;
  /** A pending row is left alone until then. */
  readonly notBefore?: Date;
  readonly settledAt?: Date;
  /** Where its colour goes on to; only of a single image, and only where a rule says so. */
  readonly forwards?: readonly Forward[];
}

/** How one image was decided, as it was then. */
export interface KeptDecision extends Partial<KeptExplanation> {
  readonly rule: string;
  readonly rulesVersion: string;
  /** Of the decision, whatever became of the image since. */
  readonly reason: string;
  /** Absent, as the explanation is, where no rule was asked. */
  readonly decidedAt?: Date;
}

/** Counts that must balance: arrived = undecided + pending + stored + skipped + failed (per row). */
export interface Balance {
  readonly undecided: number;
  readonly pending: number;
  readonly stored: number;
  readonly skipped: number;
  readonly failed: number;
}

/** What arrived and what became of it. Every write is one transaction. */
export interface Ledger {
  /** Sequence number of the last change that was admitted; 0 at first. */
  cursor(): number;
  /** What the change log said under the cursor, where that is known: another log says something else there. */
  lastRow(): string | undefined;
  /**
   * Admits arrivals and moves the cursor in one transaction. Known (orthancId, seq) pairs change nothing;
   * a known orthancId under another seq was deleted and sent again, so it is undecided again.
   */
  admit(
    arrivals: readonly { readonly orthancId: string; readonly seq: number }[],
    cursor: number,
    lastRow?: string,
  ): void;
  /**
   * Somebody wishes these images to be decided anew: they are due at once, admitted if they were not, and what was
   * withdrawn of them may come back.
   */
  askFor(orthancIds: readonly string[]): void;
  /**
   * The archive began a new change log: it is read from its start, and the sequence numbers of what was admitted
   * so far mean nothing in it.
   */
  startOver(): void;
  /**
   * Undecided arrivals whose time has come, longest due first. One that arrived in the future was admitted before the
   * clock was set back: its time has come as well.
   */
  dueArrivals(limit: number): readonly PendingArrival[];
  /** Leaves an arrival undecided until later: it could not be described, or its rule waits for a stable study. */
  postpone(orthancId: string, until: Date, reason: string, attempts: number): void;
  /**
   * Ends the arrival and writes its rows; jobs become pending and unpublished (outbox) in the same transaction.
   * A job that was settled before is done again (the worker finds what is stored). One that is pending is offered to
   * the queue again, as what is under way may have seen the image before it was deleted and sent again; it waits no
   * longer than its latest decision says. A withdrawn one stays so unless somebody asked for the image.
   * @throws `INTERNAL` for an arrival that was never admitted
   */
  decide(orthancId: string, routed: RoutedArrival): void;
  /**
   * Jobs whose time has come and that the queue has not yet confirmed, oldest first: pending ones, and those that were
   * opened again and then settled by what was still under way from before.
   */
  unpublished(limit: number): readonly Job[];
  /** Has everything offered again that arrived before a date and is published and still pending; returns how much. */
  offerAgain(before: Date): number;
  /** Marks what the latest `unpublished` offered; a job that was reopened since stays unpublished. */
  markPublished(jobIds: readonly string[]): void;
  /**
   * Records what one attempt came to. `retry` keeps a pending row pending with the reason of its last attempt
   * and never reopens a settled one. A stored image stays stored, whatever a late duplicate reports.
   * An unknown job changes nothing. What is stored is due at the destinations of its job from then on, in the same
   * transaction: anew if it was stored now, and where it never was if it was found stored already.
   */
  record(jobId: string, outcome: Outcome): void;
  /**
   * A stored row becomes skipped as `WITHDRAWN`, its output forgotten, and what was not yet sent on is dropped; false
   * where it is not stored.
   */
  withdraw(id: string, reason: string): boolean;
  /**
   * Says before the colour of a stored row is removed that it will be coloured anew: whoever finds it removed and
   * still stored goes on with `requeue`. The row has code `REDO` meanwhile.
   */
  announceRedo(id: string): void;
  /**
   * A stored row back to pending and unpublished, because its colour is no longer in the archive; false otherwise.
   * Its destinations get what is stored in its place.
   */
  requeue(id: string): boolean;
  /**
   * Forgets at most `limit` stored or skipped rows that were settled before a date, and arrivals that
   * have no row left; failed and withdrawn ones stay, and what is not yet at all its destinations. Returns how many went: call again while it returns `limit`.
   */
  prune(before: Date, limit: number): number;
  close(): void;
}

export interface ImageFilter {
  readonly state?: ImageState;
  readonly model?: string;
  readonly rule?: string;
  /** Arrived then or later. */
  readonly since?: Date;
  /** Arrived before. */
  readonly until?: Date;
  /** Matches the start of any of the three UIDs. */
  readonly uid?: string;
  /** Of these studies only; of none where there are none. */
  readonly studies?: readonly FoundStudy[];
  /** Leaves out the rows of colour images that we stored: one stands beside each source. */
  readonly withoutOwnOutput?: boolean;
  /** Rows older than this id's row, for paging. */
  readonly before?: string;
  readonly limit: number;
}

/** When a sweep ended and what it found. */
export interface EndedSweep {
  readonly endedAt: Date;
  readonly report: SweepReport;
}

/** What passed in one hour of the clock (UTC). */
export interface HourOfWork {
  /** Its beginning. */
  readonly hour: Date;
  /** Rows that arrived in it, by what has become of them by now. */
  readonly stored: number;
  readonly skipped: number;
  readonly failed: number;
  readonly pending: number;
  /** Colour images that were stored in it. */
  readonly finished: number;
  /**
   * From arrival, or from the time until which their rule had them wait, to the colour series in the archive: of what
   * arrived in it and went its way once, by nearest rank. Absent where nothing did.
   */
  readonly latency?: { readonly images: number; readonly medianMs: number; readonly p95Ms: number };
}

/** What the page and the API ask. */
export interface LedgerReader {
  balance(since?: Date): Balance;
  images(filter: ImageFilter): readonly ImageRow[];
  image(id: string): ImageRow | undefined;
  /** How it was decided what becomes of the image of a row. */
  decision(id: string): KeptDecision | undefined;
  /** Every hour since the one of that date in which something happened, in their order. */
  hours(since: Date): readonly HourOfWork[];
  /** Names of rules that rows were decided by, in their order; at most 200. */
  rules(): readonly string[];
  /** How long the latest stored pictures of each model took, of those that went all the way. */
  measured(): readonly MeasuredModel[];
  /**
   * Since when the oldest image waits for a decision or for its colour: since it arrived, or since its time came.
   * Undefined when none does.
   */
  oldestWaiting(): Date | undefined;
  /** The last sweep that came to its end and was no rehearsal; undefined when there was none. */
  lastSweep(): EndedSweep | undefined;
  /**
   * A failed or skipped job back to pending and unpublished; an arrival that led to no job back to undecided,
   * to be routed by the rules of now. False when there is no such row.
   */
  reopen(id: string): boolean;
}
