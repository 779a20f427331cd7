import { itemsOf, textOf, type DicomDataset } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';
import { codes } from './codes.js';

/** How this product names itself in every object it writes. The loop guard depends on the model name. */
export const product = {
  Manufacturer: 'orthanc-colouriser',
  ManufacturerModelName: 'orthanc-colouriser',
} as const;

export const SecondaryCaptureImageStorage = '1.2.840.10008.5.1.4.1.1.7';
const MultiFrameTrueColorSecondaryCaptureImageStorage = '1.2.840.10008.5.1.4.1.1.7.4';

/**
 * Whether this object was made by us: a Secondary Capture whose contributing equipment names us
 * as processing equipment (109102, DCM). Descriptions are never looked at: people edit them.
 * Needs the instance's own metadata; a QIDO-RS answer carries no ContributingEquipmentSequence.
 */
export function isOwnOutput(attributes: DicomDataset): boolean {
  const SOPClassUID = textOf(attributes, Tag.SOPClassUID);
  return (
    (SOPClassUID === SecondaryCaptureImageStorage ||
      SOPClassUID === MultiFrameTrueColorSecondaryCaptureImageStorage) &&
    itemsOf(attributes, Tag.ContributingEquipmentSequence).some(isOurEquipment)
  );
}

function isOurEquipment(equipment: DicomDataset): boolean {
  return (
    textOf(equipment, Tag.ManufacturerModelName) === product.ManufacturerModelName &&
    itemsOf(equipment, Tag.PurposeOfReferenceCodeSequence).some(
      (code) =>
        textOf(code, Tag.CodeValue) === codes.processingEquipment.value &&
        textOf(code, Tag.CodingSchemeDesignator) === codes.processingEquipment.scheme,
    )
  );
}
