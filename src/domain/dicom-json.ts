/**
 * The DICOM JSON model: one representation for the archive's metadata and for files that we read.
 * Keys are eight upper-case hexadecimal digits (group, element).
 * @see DICOM PS3.18 Annex F
 */
export interface PersonName {
  readonly Alphabetic?: string;
  readonly Ideographic?: string;
  readonly Phonetic?: string;
}

export type DicomValue = string | number | null | PersonName | DicomDataset;

export interface DicomAttribute {
  readonly vr: string;
  readonly Value?: readonly DicomValue[];
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
}

export type DicomDataset = Readonly<Record<string, DicomAttribute>>;

/** First non-empty value as text, trimmed of DICOM padding; undefined when absent, empty or structured. */
export function textOf(dataset: DicomDataset, tag: string): string | undefined {
  return textsOf(dataset, tag)[0];
}

/** All non-empty values as text, trimmed of DICOM padding. */
export function textsOf(dataset: DicomDataset, tag: string): readonly string[] {
  const values = dataset[tag]?.Value ?? [];
  return values
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .map((value) => String(value).replaceAll('\0', '').trim())
    .filter((text) => text !== '');
}

/** All values that read as finite numbers, in order. DS and IS may come as text or as numbers. */
export function numbersOf(dataset: DicomDataset, tag: string): readonly number[] {
  return textsOf(dataset, tag).map(Number).filter(Number.isFinite);
}

/** First value that reads as a finite number. */
export function numberOf(dataset: DicomDataset, tag: string): number | undefined {
  return numbersOf(dataset, tag)[0];
}

/** The items of a sequence; empty when it is absent. */
export function itemsOf(dataset: DicomDataset, tag: string): readonly DicomDataset[] {
  return (dataset[tag]?.Value ?? []).filter(isDataset);
}

function isDataset(value: DicomValue): value is DicomDataset {
  return typeof value === 'object' && value !== null && !isPersonName(value);
}

function isPersonName(value: PersonName | DicomDataset): value is PersonName {
  const keys = Object.keys(value);
  return (
    keys.length > 0 &&
    keys.every((key) => key === 'Alphabetic' || key === 'Ideographic' || key === 'Phonetic')
  );
}
