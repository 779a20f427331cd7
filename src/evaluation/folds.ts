import { createHash } from 'node:crypto';

/** One row of a collection's index, as far as the division of patients needs it. */
export interface FoldRow {
  readonly set: string;
  readonly split: string;
  readonly label: string;
  readonly patient: string;
}

export type Fold = 'train' | 'validation' | 'test' | 'boxes' | 'paper-test' | 'none';

const heldOut = new Set(['heldout_kermany_test', 'heldout_adult_boxes']);
const labels = new Set(['normal', 'adult_normal', 'bacteria', 'virus', 'adult_pneumonia']);

/** The first 32 bits of SHA-1: the same fold for a patient on every machine and in every language. */
export function patientHash(patient: string): number {
  return createHash('sha1').update(patient).digest().readUInt32BE(0);
}

/** Patients of whom some film is held out by the collection's own split. */
export function heldOutPatients(rows: readonly FoldRow[]): ReadonlySet<string> {
  return new Set(rows.filter(({ split }) => heldOut.has(split)).map(({ patient }) => patient));
}

/**
 * Divides films by patient, as the training code does (`models/training/data.py`; a test compares both).
 * Test: the official test patients of Kermany; of NIH every fifth patient by hash. Boxes: NIH films with a box
 * around pneumonia; other films of their patients go nowhere but into test.
 */
export function foldOf(row: FoldRow, held: ReadonlySet<string>, hasBox: boolean): Fold {
  if (!labels.has(row.label)) return 'none';
  const hash = patientHash(row.patient);
  if (row.set === 'nih14') {
    if (hash % 5 === 0) return 'test';
    if (hasBox) return 'boxes';
    if (held.has(row.patient)) return 'none';
    return [1, 6, 11].includes(hash % 20) ? 'validation' : 'train';
  }
  if (row.split === 'heldout_kermany_test') return 'test';
  if (held.has(row.patient)) return 'none';
  if (row.split === 'paper_test') return 'paper-test';
  return row.split === 'val' || hash % 10 === 1 ? 'validation' : 'train';
}
