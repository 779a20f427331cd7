import type { Compression, DisplayProfile, PaletteName } from '../job.js';

/** The rules file as written, after its shape was checked and before its attributes were looked up. */
export interface RulesSource {
  readonly rules: readonly RuleSource[];
}

export interface RuleSource {
  readonly name: string;
  readonly when?: ConditionSource | undefined;
  /** `instance` when left out. */
  readonly trigger?: Trigger | undefined;
  readonly skip?: string | undefined;
  readonly colourise?: ColouriseAction | readonly ColouriseAction[] | undefined;
  readonly priority?: number | undefined;
  readonly recognise?: boolean | undefined;
  readonly allowWithoutLungs?: boolean | undefined;
  readonly offHours?: OffHoursSource | undefined;
}

/** Colours within these hours only; what arrives at another time waits for them. */
export interface OffHoursSource {
  /** By the wall clock: `19:00`. */
  readonly from: string;
  /** The first minute after them; earlier than `from` where they go over midnight. */
  readonly to: string;
  /** Whether the whole of Saturday and Sunday belongs to them; false when left out. */
  readonly weekends?: boolean | undefined;
}

/** When a rule may decide: on each image as it arrives, or once no image of its study came lately. */
export type Trigger = 'instance' | 'stable-study';

/** How to colour; what is left out comes from the settings and the model. */
export interface ColouriseAction {
  readonly model?: string | undefined;
  /** Pins one version of the model; the installed one when left out. */
  readonly version?: string | undefined;
  readonly palette?: PaletteName | undefined;
  /** Share of the model's full chroma, (0, 1]. */
  readonly strength?: number | undefined;
  readonly banner?: boolean | undefined;
  readonly window?: number | undefined;
  readonly modality?: 'source' | 'OT' | undefined;
  /** `srgb` when left out. */
  readonly display?: DisplayProfile | undefined;
  /** A model that runs beside and stores nothing: `evidence@1.3.0`. */
  readonly shadow?: string | undefined;
  /** True takes the usual levels; evidence in (0, 1) otherwise. */
  readonly contours?: boolean | readonly number[] | undefined;
  /** `none` when left out. */
  readonly compression?: 'none' | Compression | undefined;
  /** Destinations of the settings that the colour series goes on to. */
  readonly forward?: string | readonly string[] | undefined;
}

/** Every entry must hold. Lower-case words combine conditions, all other keys are attributes. */
export interface ConditionSource {
  readonly all?: readonly ConditionSource[] | undefined;
  readonly any?: readonly ConditionSource[] | undefined;
  readonly not?: ConditionSource | undefined;
  readonly study?: StudySource | undefined;
  readonly arrival?: ArrivalSource | undefined;
  readonly age?: TestSource | undefined;
  readonly sample?: number | SampleSource | undefined;
  readonly [attribute: string]:
    | TestSource
    | ConditionSource
    | StudySource
    | ArrivalSource
    | SampleSource
    | readonly ConditionSource[]
    | undefined;
}

/** How the image came into the archive. Every entry must hold. */
export interface ArrivalSource {
  readonly remoteAE?: TestSource | undefined;
  readonly calledAE?: TestSource | undefined;
  readonly remoteIP?: TestSource | undefined;
  readonly origin?: TestSource | undefined;
  readonly hour?: TestSource | undefined;
  readonly time?: TestSource | undefined;
  readonly weekday?: TestSource | undefined;
}

/** A stable share of all images, by a hash of a UID. */
export interface SampleSource {
  /** (0, 100]. */
  readonly percent: number;
  /** Whose UID is drawn; `instance` when left out. */
  readonly of?: 'instance' | 'series' | 'study' | undefined;
  /** Another text draws another sample, independent of the first. */
  readonly salt?: string | undefined;
}

/** Looks at all images of the study. Every entry must hold. */
export interface StudySource {
  readonly some?: ConditionSource | undefined;
  readonly every?: ConditionSource | undefined;
  readonly none?: ConditionSource | undefined;
}

export type Operand = string | number;

/** An operand alone means `equals`, a list means `in`. Every operator must hold. */
export type TestSource = Operand | readonly Operand[] | OperatorsSource;

export interface OperatorsSource {
  readonly equals?: Operand | undefined;
  readonly in?: readonly Operand[] | undefined;
  readonly matches?: string | undefined;
  readonly exists?: boolean | undefined;
  readonly range?:
    { readonly from?: Operand | undefined; readonly to?: Operand | undefined } | undefined;
}

/** A fault in the rules, at a place of their file. */
export interface RuleFault {
  readonly path: readonly (string | number)[];
  /** Whether the key itself is at fault, or what it holds. */
  readonly at: 'key' | 'value';
  readonly value?: unknown;
  readonly expected: string;
}

/** An attribute of the DICOM data dictionary. @see DICOM PS3.6 */
export interface AttributeEntry {
  /** Eight upper-case hexadecimal digits. */
  readonly tag: string;
  readonly keyword: string;
  readonly vr: string;
}

export interface AttributeDictionary {
  /** By keyword, `gggg,eeee`, `(gggg,eeee)` or `ggggeeee`; private tags have their tag as keyword and VR `UN`. */
  find(name: string): AttributeEntry | undefined;
  /** The keyword that was probably meant. */
  suggest(name: string): string | undefined;
}
