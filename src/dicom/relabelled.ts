import type { DicomDataset } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';
import { copyAttributes, fromArchive } from './copied-attributes.js';

/**
 * Keywords of the patient and study attributes in which a colour image differs from what its source would give it
 * now; empty when it need not be made anew. Both as the archive describes them.
 */
export function relabelledAttributes(
  source: DicomDataset,
  colour: DicomDataset,
): readonly string[] {
  const [now, then] = [copyAttributes(source, fromArchive), copyAttributes(colour, fromArchive)];
  return fromArchive
    .map(({ keyword }) => keyword)
    .filter((keyword) => {
      const values = [now, then].map((dataset) => dataset[Tag[keyword]]?.Value ?? []);
      return JSON.stringify(values[0]) !== JSON.stringify(values[1]);
    });
}
