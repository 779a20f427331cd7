import type { DicomDataset } from '../domain/dicom-json.js';
import type { InstanceRef } from '../domain/job.js';
import type { ArrivingFile } from './arriving-file.js';
import type { ByteSource } from './byte-source.js';
import type { ArchiveEraser, ArchiveIndex } from './archive-index.js';
import type { Reception } from '../domain/rules/facts.js';

/** One row of Orthanc's change log. */
export interface Change {
  readonly seq: number;
  readonly type: string;
  readonly orthancId: string;
  /** When the archive wrote the row, by its clock and in its spelling. */
  readonly date: string;
}

/** `last` below the cursor that was asked for means that Orthanc was reset. */
export interface ChangePage {
  readonly changes: readonly Change[];
  readonly last: number;
  readonly done: boolean;
}

export type Identity = InstanceRef & { readonly studyOrthancId: string };

export interface Description {
  readonly source: Identity;
  /**
   * As the archive's index has them, without pixels. What it leaves out (binary and very long values) has a
   * BulkDataURI, and private attributes are UN.
   */
  readonly attributes: DicomDataset;
}

/** Orthanc's change log: the truth about what arrived. */
export interface ChangeFeed {
  /** Rows after `since`, oldest first. @throws `PACS_UNAVAILABLE`, `PACS_UNAUTHORISED` */
  changes(since: number, limit: number): Promise<ChangePage>;
  /** The UIDs behind an Orthanc id, with its study's Orthanc id; undefined once it was deleted. */
  identify(orthancId: string): Promise<Identity | undefined>;
  /** What is remembered of the UIDs behind an Orthanc id, without asking. It cannot be wrong, but it may have been deleted. */
  recall(orthancId: string): Identity | undefined;
  /** The same as `identify`, with the attributes of exactly this stored object: cheap. Undefined once it was deleted. */
  describe(orthancId: string): Promise<Description | undefined>;
  /** How an instance came into the archive; undefined once it was deleted. */
  reception(orthancId: string): Promise<Reception | undefined>;
  /** Orthanc ids of the instances below a resource, in no order; undefined when there is no such resource. */
  instancesOf(
    level: 'study' | 'series' | 'instance',
    orthancId: string,
  ): Promise<readonly string[] | undefined>;
  /** Whether no instance came lately; undefined once the study was deleted. */
  isStudyStable(studyOrthancId: string): Promise<boolean | undefined>;
}

/** One object to be stored: the bytes of its Part 10 file, whose pixels may be drawn while they are read. */
export interface EncodedInstance extends InstanceRef, ByteSource {
  readonly SOPClassUID: string;
}

export interface Holding {
  /** Size of the stored file. */
  readonly bytes: number;
  /** Names the stored file: another one whenever the archive's copy was written anew, as when a patient is corrected. */
  readonly file: string;
}

export interface HeldSeries {
  readonly SeriesInstanceUID: string;
  readonly SeriesNumber?: number;
}

/** The archive, over DICOMweb. Transport errors arrive as ColouriseError, once translated. */
export interface Pacs {
  /** QIDO-RS at instance level. Keys are DICOM keywords or tags. @see DICOM PS3.18 10.6 */
  findInstances(query: Readonly<Record<string, string>>): Promise<readonly DicomDataset[]>;
  /**
   * The series that stand beside an instance in its study, as the archive's index has them: cheap. Empty when it is gone.
   * QIDO-RS would cost Orthanc twenty times as much.
   */
  seriesBeside(ref: InstanceRef): Promise<readonly HeldSeries[]>;
  /** Metadata without bulk data; undefined when the archive does not hold it. @see DICOM PS3.18 10.4 */
  metadata(ref: InstanceRef): Promise<DicomDataset | undefined>;
  /**
   * Metadata without bulk data of every instance of a study; empty when the archive does not hold it.
   * A search would give Orthanc's main tags only. @see DICOM PS3.18 10.4
   */
  studyMetadata(StudyInstanceUID: string): Promise<readonly DicomDataset[]>;
  /**
   * What the archive's index alone says of an instance: cheap, for nothing is read from its storage.
   * Undefined when the index does not hold it.
   * @param PatientID where it is known: what is held for that patient needs no search
   * @throws `PACS_NOT_SERVED` where it is held for several patients, so that nobody can say which one is meant
   */
  holding(ref: InstanceRef, PatientID?: string): Promise<Holding | undefined>;
  /** The stored Part 10 bytes in their own transfer syntax; undefined when it is gone. */
  retrieve(ref: InstanceRef): Promise<Uint8Array | undefined>;
  /** The same file as soon as it begins to arrive, where the archive's way of sending allows that. */
  open(ref: InstanceRef): Promise<ArrivingFile | undefined>;
  /**
   * Stores one derived instance. Repeating it is safe: its UID is derived.
   * @param PatientID as `holding` takes it
   * @returns what the archive's index then holds of it
   * @throws `PACS_REJECTED`, `PACS_UNAVAILABLE`, `STORAGE_FULL`, `STORE_UNVERIFIED`
   */
  store(instance: EncodedInstance, PatientID?: string): Promise<Holding>;
}

/** One archive, seen from all sides. */
export interface Archive extends Pacs, ChangeFeed, ArchiveIndex, ArchiveEraser {}
