import type { InstanceRef, SkipCode } from './job.js';
import type { Explanation } from './rules/explanation.js';
import type { ColouriseAction } from './rules/source.js';

/** What one version of the rules makes of one image. */
export interface Ruling {
  readonly outcome: 'colourise' | 'skip';
  /** Set for a skip. */
  readonly code?: SkipCode;
  readonly rule: string;
  readonly reason: string;
  /** The reason without what was read, so that images with the same fate count together. */
  readonly why: string;
  readonly actions: readonly ColouriseAction[];
  readonly priority: number;
  /** When its work may begin. */
  readonly startsAt: Date;
}

export interface RehearsedImage extends InstanceRef {
  readonly arrivedAt: Date;
  readonly live: Ruling;
  readonly edited: Ruling;
}

/** Images that met the same fate by the same rule. */
export interface RuleCount {
  readonly rule: string;
  readonly outcome: Ruling['outcome'];
  readonly code?: SkipCode;
  readonly images: number;
  /** The most frequent first. */
  readonly reasons: readonly { readonly why: string; readonly images: number }[];
}

/** How long one picture of a model took of late, on this installation. */
export interface MeasuredModel {
  readonly model: string;
  readonly images: number;
  /** From fetch to verify, ms. */
  readonly totalMs: number;
  /** Of it in the network, ms. */
  readonly inferMs: number;
}

export interface ModelLoad {
  readonly model: string;
  readonly jobs: number;
  /** Absent where this installation never measured the model. */
  readonly computeMinutes?: number;
  readonly networkMinutes?: number;
}

export interface Load {
  /** Colour images to be made. */
  readonly jobs: number;
  /** Mean number of jobs that may begin in each hour of a day, 0 to 23. */
  readonly perHour: readonly number[];
  readonly busiestHour?: { readonly begins: Date; readonly jobs: number };
  readonly models: readonly ModelLoad[];
}

export interface RulesOutlook {
  readonly version: string;
  readonly counts: readonly RuleCount[];
  readonly load: Load;
}

export interface ChangedImage extends InstanceRef {
  readonly arrivedAt: Date;
  readonly live: Pick<Ruling, 'rule' | 'reason'>;
  readonly edited: Pick<Ruling, 'rule' | 'reason'>;
}

export interface Change {
  readonly images: number;
  /** Some of them. */
  readonly examples: readonly ChangedImage[];
}

/** What edited rules would have made of the archive's last days, beside those in force. */
export interface RehearsalReport {
  readonly since: Date;
  readonly until: Date;
  readonly timeZone: string;
  /** Images that were decided, without ours. */
  readonly images: number;
  readonly studies: number;
  /** Studies that were not read again. */
  readonly studiesFromCache: number;
  /** Studies that the archive lists and does not serve. */
  readonly studiesUnread: number;
  /** False when the bound on images was reached before the end. */
  readonly complete: boolean;
  readonly edited: RulesOutlook;
  readonly live: RulesOutlook;
  readonly changes: {
    readonly newlyTaken: Change;
    readonly noLongerTaken: Change;
    /** Taken by both, with another model, look or priority. */
    readonly takenOtherwise: Change;
    readonly same: number;
  };
  /** Models that the edited rules name and this installation lacks: such images would fail. */
  readonly missingModels: readonly string[];
}

export interface RehearsalProgress {
  /** Studies of the archive that were looked at, and how many there are. */
  readonly looked: number;
  readonly of: number;
  /** Images that were decided. */
  readonly images: number;
}

/** Why one image was decided as it was, under both versions. */
export interface ExplainedImage extends InstanceRef {
  readonly arrivedAt: Date;
  readonly edited: ExplainedRuling;
  readonly live: ExplainedRuling;
}

export interface ExplainedRuling extends Pick<Ruling, 'outcome' | 'code' | 'rule' | 'reason'> {
  readonly explanation: Explanation;
}

export interface Rehearsal {
  readonly report: RehearsalReport;
  /** Empty where nothing was to be explained. */
  readonly explained: readonly ExplainedImage[];
}
