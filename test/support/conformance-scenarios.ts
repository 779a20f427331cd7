import { describeSecondaryCapture } from '../../src/dicom/secondary-capture.js';
import { itemsOf, type DicomDataset } from '../../src/domain/dicom-json.js';
import { Tag } from '../../src/domain/tags.js';
import { exampleDerivation, exampleRendering, exampleSource } from './derivation.js';

export interface ObservedRow {
  /** Tags from the top down to this attribute. */
  readonly path: readonly string[];
  readonly vr: string;
  readonly presence: 'ALWAYS' | 'VNAP' | 'ANAP' | 'EMPTY';
}

/** Its items are the archive's, whatever they hold. */
const copiedWhole: readonly string[] = [Tag.DeidentificationMethodCodeSequence];

/**
 * What is seen to be written over sources that say everything, nothing and odd things:
 * each attribute with its VR and its presence in the words of PS3.2, in the order of tags.
 */
export function observedRows(): readonly ObservedRow[] {
  return observe(scenarios(), []);
}

function scenarios(): readonly DicomDataset[] {
  const { model } = exampleDerivation();
  const bare: DicomDataset = Object.fromEntries(
    [
      Tag.StudyInstanceUID,
      Tag.SeriesInstanceUID,
      Tag.SOPInstanceUID,
      Tag.SOPClassUID,
      Tag.Rows,
      Tag.Columns,
    ].map((tag) => [tag, exampleSource[tag] ?? { vr: 'UI' }]),
  );
  const oblong = { ...bare, [Tag.PixelAspectRatio]: { vr: 'IS', Value: [2, 1] } };
  const unnamed = { ...bare, [Tag.Manufacturer]: { vr: 'LO', Value: ['Example Imaging'] } };
  return [
    exampleDerivation(),
    exampleDerivation(exampleSource, { model: { ...model, photographic: true } }),
    exampleDerivation(oblong),
    exampleDerivation(unnamed, { rendering: { ...exampleRendering, banner: true } }),
    exampleDerivation(exampleSource, { rendering: { ...exampleRendering, display: 'gsdf' } }),
  ].map((derivation) => ({
    ...describeSecondaryCapture(derivation),
    // Written by the encoder, behind the header.
    [Tag.PixelData]: { vr: 'OB', InlineBinary: '' },
  }));
}

function observe(
  datasets: readonly DicomDataset[],
  above: readonly string[],
): readonly ObservedRow[] {
  const tags = [...new Set(datasets.flatMap((dataset) => Object.keys(dataset)))].sort();
  return tags.flatMap((tag) => {
    const seen = datasets.map((dataset) => dataset[tag]).filter((found) => found !== undefined);
    const filled = seen.filter((found) => found.Value ?? found.InlineBinary !== undefined);
    const path = [...above, tag];
    const row = {
      path,
      vr: seen[0]?.vr ?? '',
      presence: presence(datasets.length, seen.length, filled.length),
    };
    const items = datasets.flatMap((dataset) => itemsOf(dataset, tag));
    return copiedWhole.includes(tag) || items.length === 0 ? [row] : [row, ...observe(items, path)];
  });
}

function presence(all: number, seen: number, filled: number): ObservedRow['presence'] {
  if (filled === 0) return 'EMPTY';
  if (seen < all) return 'ANAP';
  return filled === all ? 'ALWAYS' : 'VNAP';
}
