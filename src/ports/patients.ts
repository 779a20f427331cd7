/** What somebody looks for. It names a person: never logged, kept, counted, or written into an address of ours. */
export interface PatientTerms {
  /** `*` and `?` stand for any text and any one character. */
  readonly PatientID?: string;
  /** Found anywhere in the name, whatever the case: `garcia`, `garcia maria`. */
  readonly PatientName?: string;
  readonly AccessionNumber?: string;
  /** DICOM dates, both ends included; an open end is empty. */
  readonly StudyDate?: { readonly from: string; readonly to: string };
}

/** One study of one patient in the archive. */
export interface FoundStudy {
  readonly StudyInstanceUID: string;
  readonly studyOrthancId: string;
}

/** Whom a study is of, as the archive says now. */
export interface PatientFacts {
  readonly PatientName?: string;
  readonly PatientID?: string;
  readonly PatientBirthDate?: string;
  readonly PatientSex?: string;
  readonly AccessionNumber?: string;
  readonly StudyDate?: string;
  readonly StudyDescription?: string;
}

/** People, as only the archive knows them. */
export interface PatientIndex {
  /** At most `limit` studies, in no order. No message of an error holds a term. @throws as the archive does */
  findStudies(terms: PatientTerms, limit: number): Promise<readonly FoundStudy[]>;
  /** Undefined once the study was deleted. */
  describePatient(studyOrthancId: string): Promise<PatientFacts | undefined>;
}
