import { isOwnOutput } from '../dicom/own-output.js';
import { type DicomDataset, textOf } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';
import type { ArchiveEraser } from '../ports/archive-index.js';
import type { ImageRow } from '../ports/ledger.js';

/** `notOurs`: something under this UID is not the colour image of this row, so nothing was touched. */
export type Erasure = 'erased' | 'gone' | 'notOurs';

/**
 * Removes the colour image of a stored row from the archive. Only what the ledger names and the archive's own copy
 * says to be ours goes: every copy is looked at before the first is removed.
 * @param announce told before the first removal; also where nothing is left to remove
 */
export async function eraseOwn(
  row: ImageRow,
  archive: ArchiveEraser,
  announce: () => void,
): Promise<Erasure> {
  if (row.output === undefined) return 'gone';
  const copies: string[] = [];
  for (const orthancId of await archive.locate(row.output.SOPInstanceUID)) {
    const described = await archive.describe(orthancId);
    if (described === undefined) continue;
    if (!isColourOf(row, described.attributes)) return 'notOurs';
    copies.push(orthancId);
  }
  announce();
  for (const orthancId of copies) await archive.erase(orthancId);
  return copies.length > 0 ? 'erased' : 'gone';
}

function isColourOf({ source, output }: ImageRow, attributes: DicomDataset): boolean {
  return (
    isOwnOutput(attributes) &&
    textOf(attributes, Tag.SOPInstanceUID) === output?.SOPInstanceUID &&
    textOf(attributes, Tag.SeriesInstanceUID) === output?.SeriesInstanceUID &&
    textOf(attributes, Tag.StudyInstanceUID) === source?.StudyInstanceUID
  );
}
