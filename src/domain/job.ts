import type { ErrorCode } from './errors.js';

/** The three UIDs that name one image in the archive. */
export interface InstanceRef {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
}

export type PaletteName = 'magenta' | 'amber' | 'blue';

/** Displays on which a colour has the luminance of its grey: common ones, or those calibrated by PS3.14. */
export type DisplayProfile = 'srgb' | 'gsdf';

/** How the pixels of a colour instance may be packed; all are lossless. */
export const compressions = ['rle', 'jpeg-ls', 'jpeg-2000'] as const;
export type Compression = (typeof compressions)[number];

/** Everything that changes the pixels, the header or the encoding of the result. Part of the identity of work. */
export interface Rendering {
  readonly model: string;
  readonly modelVersion: string;
  readonly palette: PaletteName;
  /** Share of the model's full chroma, (0, 1]. */
  readonly strength: number;
  /** Burns legend and banner into the lower edge. */
  readonly banner: boolean;
  /** Which of the source's windows or VOI LUTs is drawn, from 2; absent for the first. One that it does not have counts as the first. */
  readonly window?: number;
  /** Modality of the colour series: that of its source, or OT for hanging protocols that must not change. */
  readonly modality: 'source' | 'OT';
  /** Left out for sRGB, as in jobs of releases that knew nothing else. */
  readonly display?: Exclude<DisplayProfile, 'srgb'>;
  /** Lines at these levels of evidence, rising, each in (0, 1); left out where none are drawn. */
  readonly contours?: readonly number[];
  /** Left out where pixels are stored as they are. */
  readonly compression?: Compression;
}

/** What a legend, and a list of facts beside it, must know of a rendering. */
export type Appearance = Pick<
  Rendering,
  'palette' | 'strength' | 'window' | 'display' | 'contours' | 'compression'
>;

/** The appearance in something that tells more. */
export function appearanceOf({
  palette,
  strength,
  window,
  display,
  contours,
  compression,
}: Partial<Appearance>): Partial<Appearance> {
  return {
    ...(palette === undefined ? {} : { palette }),
    ...(strength === undefined ? {} : { strength }),
    ...(window === undefined ? {} : { window }),
    ...(display === undefined ? {} : { display }),
    ...(contours === undefined ? {} : { contours }),
    ...(compression === undefined ? {} : { compression }),
  };
}

/** One version of a model, by the names that rows and objects give it. */
export type ModelVersion = Pick<Rendering, 'model' | 'modelVersion'>;

/** One image to be coloured in one way. `id` is derived from source and rendering, so equal work has equal ids. */
export interface Job {
  readonly id: string;
  readonly source: InstanceRef;
  readonly rendering: Rendering;
  /** 0 (whenever) to 9 (first). */
  readonly priority: number;
  readonly rule: string;
  /** The picture must show two lungs, whatever its tags say; false only where a rule asks for that. */
  readonly needsLungs: boolean;
  /** Runs beside the rendering's model and stores nothing; no part of the identity. */
  readonly shadow?: ModelVersion;
  /** Destinations that its colour goes on to once it is stored; no part of the identity. */
  readonly forward?: readonly string[];
  /** Where the trace of this image goes on, as in the header of W3C Trace Context; no part of the identity. */
  readonly traceparent?: string;
}

/** Undefined for what is no `traceparent` of version 00. @see W3C Trace Context, 3.2 */
export function parseTraceparent(
  text: string,
): { readonly traceId: string; readonly spanId: string; readonly traceFlags: number } | undefined {
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/** Why a picture was left alone although nothing is wrong with it. */
export type SkipCode =
  | 'RULE'
  | 'NO_RULE_MATCHED'
  | 'UNKNOWN'
  | 'OWN_OUTPUT'
  | 'NOT_AN_IMAGE'
  | 'ALREADY_COLOUR'
  | 'MULTI_FRAME'
  | 'NO_CONTENT'
  | 'NO_LUNGS'
  | 'UPSIDE_DOWN'
  | 'ROTATED'
  | 'SOURCE_GONE'
  | 'WITHDRAWN';

export type StageTimings = Readonly<Record<string, number>>;

export interface StoredOutput {
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
}

/** What became of a job, and its effect on the queue. */
export type Outcome =
  /** Ack. The colour instance stands in the archive and was read back. */
  | {
      readonly outcome: 'stored' | 'already-stored';
      readonly output: StoredOutput;
      readonly probability?: number;
      readonly timingsMs: StageTimings;
    }
  /** Ack. By rule or by what the picture is. */
  | {
      readonly outcome: 'skipped';
      readonly code: SkipCode;
      readonly reason: string;
      readonly timingsMs: StageTimings;
    }
  /** Delayed redelivery with back-off; dead letter once the attempts are used up. */
  | {
      readonly outcome: 'retry';
      readonly code: ErrorCode;
      readonly reason: string;
      readonly timingsMs: StageTimings;
    }
  /** Dead letter. */
  | {
      readonly outcome: 'failed';
      readonly code: ErrorCode;
      readonly reason: string;
      readonly timingsMs: StageTimings;
    };
