import { itemsOf, type DicomDataset } from '../dicom-json.js';
import type { RulesReads } from './condition.js';

/**
 * Whether a data set from an archive's index lets these rules decide as the whole one would: it leaves out long and
 * binary values, and does not know the value representations of private attributes.
 */
export function tellsAll(told: DicomDataset, { paths }: RulesReads): boolean {
  return paths.every((path) => tells(told, path));
}

function tells(dataset: DicomDataset, [tag, ...inner]: readonly string[]): boolean {
  if (tag === undefined) return true;
  if (isPrivate(tag) || dataset[tag]?.BulkDataURI !== undefined) return false;
  return itemsOf(dataset, tag).every((item) => tells(item, inner));
}

const isPrivate = (tag: string) => Number.parseInt(tag.slice(0, 4), 16) % 2 === 1;
