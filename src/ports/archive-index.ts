import type { InstanceRef } from '../domain/job.js';
import type { ChangeFeed } from './pacs.js';

/** A study as the archive's index has it: no file is read for it. */
export interface HeldStudy {
  readonly orthancId: string;
  readonly StudyInstanceUID: string;
  /** When an instance last came into it, by the archive's clock, to the second; undefined where none is kept. */
  readonly lastUpdate?: Date;
  /** As the modality wrote it, YYYYMMDD: says nothing about when the study arrived. */
  readonly StudyDate?: string;
}

/** An instance as the archive's index has it. */
export interface HeldInstance extends InstanceRef {
  readonly orthancId: string;
  readonly studyOrthancId: string;
  readonly Modality?: string;
}

/** What the archive holds now, whatever its change log says. */
export interface ArchiveIndex {
  countStudies(): Promise<number>;
  /**
   * At most `limit` studies behind the first `offset`, in an order of the archive's own that new and deleted
   * studies may shift; empty behind the last. @throws `PACS_UNAVAILABLE`, `PACS_UNAUTHORISED`
   */
  listStudies(offset: number, limit: number): Promise<readonly HeldStudy[]>;
  /** Every instance of a study, in no order; undefined once it was deleted. */
  listInstances(studyOrthancId: string): Promise<readonly HeldInstance[] | undefined>;
}

/** Removes instances from the archive. Meant for what we stored, and for nothing else: look before. */
export interface ArchiveEraser {
  /** Orthanc ids of everything with this SOP Instance UID: several where several patients hold it. */
  locate(SOPInstanceUID: string): Promise<readonly string[]>;
  describe: ChangeFeed['describe'];
  /** False when it was gone already. @throws `PACS_UNAVAILABLE`, `PACS_UNAUTHORISED`, `PACS_REJECTED` */
  erase(orthancId: string): Promise<boolean>;
}
