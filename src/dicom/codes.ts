import type { DicomAttribute, DicomDataset } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';
import { element } from './value-representation.js';

export interface Code {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** Our private coding scheme: CID 7203 has no term for colourisation. */
export const privateScheme = '99ORTHCOLOUR';

/** Every code that this product writes. @see DICOM PS3.16 CID 7005, 7202, 7203 */
export const codes = {
  sourceImage: {
    value: '121322',
    scheme: 'DCM',
    meaning: 'Source image for image processing operation',
  },
  acquisitionEquipment: { value: '109101', scheme: 'DCM', meaning: 'Acquisition Equipment' },
  processingEquipment: { value: '109102', scheme: 'DCM', meaning: 'Processing Equipment' },
  resampling: { value: '113085', scheme: 'DCM', meaning: 'Spatial resampling' },
  colourisation: {
    value: 'COLOURISATION',
    scheme: privateScheme,
    meaning: 'Colourisation by a neural network',
  },
} as const satisfies Record<string, Code>;

/** A sequence of coded terms, each in its own item. */
export function codeSequence(...terms: readonly Code[]): DicomAttribute {
  return element('SQ', ...terms.map(codeItem));
}

function codeItem({ value, scheme, meaning }: Code): DicomDataset {
  return {
    [Tag.CodeValue]: element('SH', value),
    [Tag.CodingSchemeDesignator]: element('SH', scheme),
    [Tag.CodeMeaning]: element('LO', meaning),
  };
}

/** Says what our private scheme is. @see DICOM PS3.3 C.12.1.1.5 */
export function codingSchemes(): DicomDataset {
  return {
    [Tag.CodingSchemeIdentificationSequence]: element('SQ', {
      [Tag.CodingSchemeDesignator]: element('SH', privateScheme),
      [Tag.CodingSchemeName]: element('ST', 'Terms of orthanc-colouriser'),
      [Tag.CodingSchemeResponsibleOrganization]: element('ST', 'orthanc-colouriser'),
    }),
  };
}
