import { numberOf, type DicomDataset } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';
import { lookUp, lookupTablesOf } from './lookup-table.js';

/** What stored values can be. */
export interface StoredRange {
  /** 1 to 16. */
  readonly bitsStored: number;
  readonly signed: boolean;
}

/** The stored value behind a code, which is its lowest `bitsStored` bits. */
export function storedValueOf(code: number, range: StoredRange): number {
  const isNegative = range.signed && code >= 2 ** (range.bitsStored - 1);
  return isNegative ? code - 2 ** range.bitsStored : code;
}

/**
 * The modality value of every code, 2^bitsStored of them.
 * A Modality LUT goes before rescale; a slope of 0, which would leave nothing to see, counts as absent.
 * @see DICOM PS3.3 C.11.1
 */
export function modalityValues(attributes: DicomDataset, range: StoredRange): Float64Array {
  const [table] = lookupTablesOf(attributes, 'ModalityLUTSequence');
  const slope = numberOf(attributes, Tag.RescaleSlope);
  const intercept = numberOf(attributes, Tag.RescaleIntercept) ?? 0;
  return Float64Array.from({ length: 2 ** range.bitsStored }, (_, code) => {
    const stored = storedValueOf(code, range);
    if (table) return lookUp(table, stored);
    return slope ? stored * slope + intercept : stored;
  });
}
