import { type DicomDataset, textOf } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';

const keywords = [
  'Modality',
  'BodyPartExamined',
  'ViewPosition',
  'StudyDate',
  'Rows',
  'Columns',
] as const;

/** Facts for the console; nothing that names a patient. */
export function summarise(attributes: DicomDataset): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keywords.flatMap((keyword) => {
      const text = textOf(attributes, Tag[keyword]);
      return text === undefined ? [] : [[keyword, text]];
    }),
  );
}
