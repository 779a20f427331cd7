import type { DicomDataset } from '../domain/dicom-json.js';
import type { InstanceRef } from '../domain/job.js';
import type { Reception } from '../domain/rules/facts.js';

/** One image as rules saw it: no more of it than they read. */
export interface KeptImage extends InstanceRef {
  /** Whether we made it. */
  readonly own: boolean;
  readonly attributes: DicomDataset;
  /** Absent where no rule asked for it. */
  readonly reception?: Reception;
}

/** A study as it was read for a rehearsal. */
export interface KeptStudy {
  readonly orthancId: string;
  /** As the archive said it then: another one now means that something came since. */
  readonly lastUpdate?: Date;
  /** What was kept of each image: tags joined by dots, each once, in order. */
  readonly paths: readonly string[];
  /** Those of them that may name a person. */
  readonly identifying: readonly string[];
  /** Whether it was asked how the images came. */
  readonly arrival: boolean;
  readonly images: readonly KeptImage[];
}

/** What rehearsals read of the archive, so that the next one need not ask again. Everything in it can be lost. */
export interface AttributeCache {
  find(studyOrthancId: string): KeptStudy | undefined;
  /** Replaces what was kept of this study; the studies that were kept longest ago make room. */
  keep(study: KeptStudy): void;
  /** Removes what holds an identifying attribute other than these. */
  forgetIdentifying(except: readonly string[]): void;
  close(): void;
}
