import { encodePart10 } from '../../src/dicom/part10.js';
import { describeSecondaryCapture } from '../../src/dicom/secondary-capture.js';
import type { DicomAttribute, DicomDataset } from '../../src/domain/dicom-json.js';
import type { Rendering } from '../../src/domain/job.js';
import { Tag } from '../../src/domain/tags.js';
import { gathered } from '../../src/ports/byte-source.js';
import { exampleDerivation, exampleRendering, exampleSource } from './derivation.js';

const side: DicomAttribute = { vr: 'US', Value: [8] };

/**
 * A small colour image as this product stores it beside a source; no network is asked.
 * @param source as the archive describes it
 */
export async function ownOutput(
  source: DicomDataset,
  rendering: Rendering = exampleRendering,
): Promise<Uint8Array> {
  const uids = [Tag.StudyInstanceUID, Tag.SeriesInstanceUID, Tag.SOPInstanceUID] as const;
  const film = {
    ...exampleSource,
    ...Object.fromEntries(uids.map((tag) => [tag, source[tag] ?? { vr: 'UI' }])),
    [Tag.Rows]: side,
    [Tag.Columns]: side,
  };
  const attributes = describeSecondaryCapture(
    exampleDerivation(film, { archive: source, rendering }),
  );
  return gathered(encodePart10(attributes, new Uint8Array(8 * 8 * 3)));
}
