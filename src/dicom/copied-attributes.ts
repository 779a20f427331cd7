import type { DicomAttribute, DicomDataset, DicomValue } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';
import { conformingValues, element } from './value-representation.js';

/**
 * An attribute that is taken over unchanged.
 * Type 2 is written empty when there is no valid value, type 3 is then left out.
 */
export interface CopiedAttribute {
  readonly keyword: keyof typeof Tag;
  readonly vr: string;
  readonly type: '2' | '3';
  /** The enumerated values of the standard; any other value is left out. */
  readonly enumerated?: readonly string[];
}

const yesNo = ['YES', 'NO'];

/** From the archive's present metadata: the patient may have been merged or renamed since acquisition. */
export const fromArchive: readonly CopiedAttribute[] = [
  { keyword: 'PatientName', vr: 'PN', type: '2' },
  { keyword: 'PatientID', vr: 'LO', type: '2' },
  { keyword: 'IssuerOfPatientID', vr: 'LO', type: '3' },
  { keyword: 'PatientBirthDate', vr: 'DA', type: '2' },
  { keyword: 'PatientSex', vr: 'CS', type: '2', enumerated: ['M', 'F', 'O'] },
  { keyword: 'QualityControlSubject', vr: 'CS', type: '3', enumerated: yesNo },
  { keyword: 'PatientAge', vr: 'AS', type: '3' },
  { keyword: 'PatientSize', vr: 'DS', type: '3' },
  { keyword: 'PatientWeight', vr: 'DS', type: '3' },
  { keyword: 'StudyDate', vr: 'DA', type: '2' },
  { keyword: 'StudyTime', vr: 'TM', type: '2' },
  { keyword: 'StudyID', vr: 'SH', type: '2' },
  { keyword: 'AccessionNumber', vr: 'SH', type: '2' },
  { keyword: 'ReferringPhysicianName', vr: 'PN', type: '2' },
  { keyword: 'StudyDescription', vr: 'LO', type: '3' },
];

/** From the source image as it was acquired. */
export const fromSource: readonly CopiedAttribute[] = [
  { keyword: 'AcquisitionDate', vr: 'DA', type: '3' },
  { keyword: 'AcquisitionTime', vr: 'TM', type: '3' },
  { keyword: 'AcquisitionDateTime', vr: 'DT', type: '3' },
  { keyword: 'AcquisitionNumber', vr: 'IS', type: '3' },
  { keyword: 'BodyPartExamined', vr: 'CS', type: '3' },
  { keyword: 'ViewPosition', vr: 'CS', type: '3' },
  { keyword: 'QualityControlImage', vr: 'CS', type: '3', enumerated: [...yesNo, 'BOTH'] },
  { keyword: 'RecognizableVisualFeatures', vr: 'CS', type: '3', enumerated: yesNo },
];

/** The listed attributes of a data set, in conforming form. */
export function copyAttributes(
  from: DicomDataset,
  attributes: readonly CopiedAttribute[],
): DicomDataset {
  const copied: Record<string, DicomAttribute> = {};
  for (const attribute of attributes) {
    const values = copiedValues(from, attribute);
    if (values.length > 0 || attribute.type === '2') {
      copied[Tag[attribute.keyword]] = element(attribute.vr, ...values);
    }
  }
  return copied;
}

function copiedValues(from: DicomDataset, attribute: CopiedAttribute): readonly DicomValue[] {
  const { keyword, vr, enumerated } = attribute;
  return conformingValues(vr, from[Tag[keyword]])
    .filter((value) => enumerated === undefined || enumerated.includes(value as string))
    .slice(0, 1);
}
