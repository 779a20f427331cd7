import type { ErrorCode } from '../domain/errors.js';
import type { InferenceProvenance, Provider } from '../domain/hardware.js';
import { appearanceOf, type InstanceRef } from '../domain/job.js';
import type { ShadowFigures } from '../domain/shadow.js';
import type { Colouring } from '../ports/colouring.js';
import type { Balance, HourOfWork, ImageRow, KeptDecision } from '../ports/ledger.js';
import type { QueueDepth } from '../ports/queue.js';

export type { Rehearsal, RehearsalProgress } from '../domain/rehearsal.js';
export type { Explanation } from '../domain/rules/explanation.js';
export type { RulesFault, RulesState, RulesVerdict } from '../ports/rules-desk.js';
export type { RulesEdition } from '../ports/rules-history.js';

/** How one image was decided, as it was then. */
export interface ImageDecision extends KeptDecision {
  readonly id: string;
}

/** A value as it reads after a journey through JSON. The page in the browser sees these. */
export type Wire<T> = T extends Date
  ? string
  : T extends object
    ? { [Key in keyof T]: Wire<T[Key]> }
    : T;

/** How the service is, in one answer. Holds no credentials: it is shown in a browser. */
export interface ServiceStatus {
  readonly version: string;
  readonly startedAt: Date;
  /** `degraded`: images are admitted, but something that colouring needs is away. */
  readonly state: 'ready' | 'starting' | 'degraded';
  /** One sentence for each thing that is not as it should be. */
  readonly reasons: readonly string[];
  readonly orthanc: {
    readonly url: string;
    readonly reachable: boolean;
    readonly version?: string;
  };
  readonly queue: QueueDepth;
  readonly models: readonly {
    readonly name: string;
    readonly version: string;
    /** What its colour shows, in a few words and in one sentence. */
    readonly title: string;
    readonly meaning: string;
    readonly sha256: string;
    /** `evidence` has a meaning; `ab` is a tint without one. */
    readonly kind: Colouring['kind'];
    readonly licence: string;
    readonly default: boolean;
  }[];
  readonly provider: Provider;
  /** Absent where workers elsewhere run the networks. */
  readonly inference?: InferenceFacts;
  /** `fault`: the file was edited and does not validate; `version` is still in force. */
  readonly rules: { readonly version: string; readonly file: string; readonly fault?: string };
  readonly balance: Balance;
  readonly daily: DailyBalance;
  /** Destinations of the settings, and others that rows still name. */
  readonly destinations: readonly DestinationStatus[];
}

/** Colour images on their way to another server. */
export interface DestinationStatus {
  readonly destination: string;
  /** Absent where the settings do not name it any more. */
  readonly kind?: 'dicomweb' | 'modality' | 'peer';
  readonly pending: number;
  readonly failed: number;
  /** Since when the oldest pending one waits. */
  readonly oldest?: Date;
  /** Why nothing can be sent to it now; absent while all is well. */
  readonly fault?: string;
}

/** Rows of the last 24 hours: arrived = stored + skipped + failed + pending. */
export interface DailyBalance {
  readonly since: Date;
  readonly arrived: number;
  readonly stored: number;
  readonly skipped: number;
  readonly failed: number;
  /** Undecided arrivals among them. */
  readonly pending: number;
  /** Images that the last sweep found in the archive and not in the ledger; absent before the first. */
  readonly missing?: number;
  readonly sweptAt?: Date;
}

/** Which hardware runs the networks, and in how many threads. */
export interface InferenceFacts extends InferenceProvenance {
  readonly sessions: number;
}

/** Orthanc's own ids, for links into its pages. `colourSeries` is there once the colour is stored. */
export interface OrthancIds {
  readonly study?: string;
  readonly series?: string;
  readonly colourSeries?: string;
}

/** One image as the API shows it. */
export interface ImageJson extends Omit<ImageRow, 'source'> {
  readonly source?: InstanceRef;
  /** What the operator does now; only for failures. */
  readonly next?: string;
}

export interface ImagePage {
  readonly images: readonly ImageJson[];
  /** Ask again with `before` set to this for older images; absent on the last page. */
  readonly next?: string;
}

/** What an installed model says about an image, for whoever draws it. */
export interface SightJson {
  readonly model: string;
  readonly modelVersion: string;
  readonly title: string;
  readonly sha256: string;
  /** Maps as float32, little-endian, row by row, in base64; of a*b* one plane after the other. */
  readonly colouring:
    | {
        readonly kind: 'evidence';
        readonly rows: number;
        readonly columns: number;
        readonly evidence: string;
      }
    | {
        readonly kind: 'ab';
        readonly rows: number;
        readonly columns: number;
        readonly ab: string;
      };
  readonly probability?: number;
  readonly inferMs: number;
  /** Why the pipeline would not colour this picture. */
  readonly refusal?: { readonly code: string; readonly reason: string };
}

/** A version of a model, and what uses it. */
export interface ModelJson {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly meaning: string;
  readonly kind: Colouring['kind'];
  readonly sha256: string;
  readonly licence: string;
  readonly photographic: boolean;
  readonly state: 'active' | 'available' | 'deactivated' | 'removed';
  readonly default: boolean;
  readonly installedAt?: string;
  readonly source?: string;
  readonly rules: readonly string[];
  readonly shadowRules: readonly string[];
  readonly shadowOf: readonly string[];
}

/** What an image came to in the shadow. */
export interface ShadowRowJson {
  readonly image: string;
  readonly at: Date;
  readonly inferMs: number;
  readonly code?: string;
  readonly figures?: ShadowFigures;
}

/** Addresses in Orthanc's own pages and in other viewers. */
export interface ImageLinks {
  readonly explorer?: string;
  readonly viewer?: string;
  readonly ohif?: string;
  readonly stone?: string;
}

/** What passed in the last day. */
export interface Activity {
  readonly since: Date;
  readonly hours: readonly HourOfWork[];
}

/** Codes that only HTTP knows; all others come from the pipeline. */
export type HttpErrorCode =
  | 'INVALID_REQUEST'
  | 'UNAUTHORISED'
  | 'SIGN_IN_FAILED'
  | 'LINK_INVALID'
  | 'FORBIDDEN'
  | 'TOO_MANY_ATTEMPTS'
  | 'FORBIDDEN_HOST'
  | 'CROSS_SITE'
  | 'NOT_FOUND'
  | 'NO_PREVIEW'
  | 'NOT_RETRYABLE'
  | 'REHEARSAL_RUNNING'
  | 'TASK_RUNNING'
  | 'USER_EXISTS'
  | 'LAST_ADMIN'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'TOO_MANY_DRAWINGS'
  | 'TOO_MANY_LISTENERS';

/** Every answer that is not a success. */
export interface ErrorJson {
  readonly code: HttpErrorCode | ErrorCode;
  readonly message: string;
  readonly next: string;
}

const shownFacts = ['Modality', 'BodyPartExamined', 'ViewPosition', 'SeriesDescription'] as const;

/** A ledger row for the outside: named fields only, so that nothing slips out that was not meant to. */
export function imageJson(row: ImageRow, next?: string): ImageJson {
  const { id, orthancId, source, state, model, modelVersion, rule, rulesVersion } = row;
  const {
    code,
    reason,
    attempts,
    output,
    probability,
    timingsMs,
    arrivedAt,
    notBefore,
    settledAt,
    forwards,
  } = row;
  const summary = Object.fromEntries(
    shownFacts.flatMap((fact) => {
      const value = row.summary[fact];
      return value === undefined ? [] : [[fact, value]];
    }),
  );
  return {
    id,
    orthancId,
    state,
    rule,
    rulesVersion,
    reason,
    attempts,
    summary,
    timingsMs,
    arrivedAt,
    ...(source && { source: uids(source) }),
    ...(model !== undefined && { model }),
    ...(modelVersion !== undefined && { modelVersion }),
    ...appearanceOf(row),
    ...(code !== undefined && { code }),
    ...(output && { output }),
    ...(probability !== undefined && { probability }),
    ...(notBefore && { notBefore }),
    ...(settledAt && { settledAt }),
    ...(forwards && { forwards }),
    ...(next !== undefined && { next }),
  };
}

function uids(source: InstanceRef): InstanceRef {
  const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = source;
  return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
}
