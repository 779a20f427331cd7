import { createHash } from 'node:crypto';
import { deriveUids } from '../../src/dicom/derived-uids.js';
import type { Derivation } from '../../src/dicom/secondary-capture.js';
import {
  numberOf,
  textOf,
  type DicomDataset,
  type DicomValue,
} from '../../src/domain/dicom-json.js';
import type { Rendering } from '../../src/domain/job.js';
import { Tag } from '../../src/domain/tags.js';

const at = (vr: string, ...Value: DicomValue[]) => ({ vr, Value });

export const exampleRendering: Rendering = {
  model: 'evidence',
  modelVersion: '1.0.0',
  palette: 'magenta',
  strength: 1,
  banner: false,
  modality: 'source',
};

/** A digital chest radiograph that says everything, invented. */
export const exampleSource: DicomDataset = {
  [Tag.SpecificCharacterSet]: at('CS', 'ISO_IR 192'),
  [Tag.ImageType]: at('CS', 'ORIGINAL', 'PRIMARY'),
  [Tag.SOPClassUID]: at('UI', '1.2.840.10008.5.1.4.1.1.1.1'),
  [Tag.SOPInstanceUID]: at('UI', '2.25.111'),
  [Tag.StudyDate]: at('DA', '20260102'),
  [Tag.AcquisitionDate]: at('DA', '20260102'),
  [Tag.StudyTime]: at('TM', '101112'),
  [Tag.AcquisitionTime]: at('TM', '101530.5'),
  [Tag.AcquisitionDateTime]: at('DT', '20260102101530.5+0900'),
  [Tag.AcquisitionNumber]: at('IS', 3),
  [Tag.AccessionNumber]: at('SH', 'A-1'),
  [Tag.Modality]: at('CS', 'DX'),
  [Tag.Manufacturer]: at('LO', 'Example Imaging'),
  [Tag.ManufacturerModelName]: at('LO', 'Wall Stand 2'),
  [Tag.InstitutionName]: at('LO', 'Example Hospital'),
  [Tag.StationName]: at('SH', 'ROOM1'),
  [Tag.DeviceSerialNumber]: at('LO', 'SN-7'),
  [Tag.DeviceUID]: at('UI', '2.25.777'),
  [Tag.SoftwareVersions]: at('LO', '4.2'),
  [Tag.ReferringPhysicianName]: at('PN', { Alphabetic: 'Referrer^Example' }),
  [Tag.TimezoneOffsetFromUTC]: at('SH', '+0900'),
  [Tag.StudyDescription]: at('LO', 'Chest PA'),
  [Tag.SeriesDescription]: at('LO', 'PA'),
  [Tag.PatientName]: at('PN', {
    Alphabetic: 'Yamada^Tarou',
    Ideographic: '山田^太郎',
    Phonetic: 'やまだ^たろう',
  }),
  [Tag.PatientID]: at('LO', 'P-1'),
  [Tag.IssuerOfPatientID]: at('LO', 'EXAMPLE'),
  [Tag.PatientBirthDate]: at('DA', '19700101'),
  [Tag.PatientSex]: at('CS', 'M'),
  [Tag.QualityControlSubject]: at('CS', 'NO'),
  [Tag.PatientAge]: at('AS', '056Y'),
  [Tag.PatientSize]: at('DS', 1.75),
  [Tag.PatientWeight]: at('DS', 70),
  [Tag.PatientIdentityRemoved]: at('CS', 'YES'),
  [Tag.DeidentificationMethod]: at('LO', 'Invented'),
  [Tag.DeidentificationMethodCodeSequence]: at('SQ', {
    [Tag.CodeValue]: at('SH', '113100'),
    [Tag.CodingSchemeDesignator]: at('SH', 'DCM'),
    [Tag.CodeMeaning]: at('LO', 'Basic Application Confidentiality Profile'),
  }),
  [Tag.BodyPartExamined]: at('CS', 'CHEST'),
  [Tag.ImagerPixelSpacing]: at('DS', 0.14, 0.14),
  [Tag.ViewPosition]: at('CS', 'PA'),
  [Tag.StudyInstanceUID]: at('UI', '2.25.11'),
  [Tag.SeriesInstanceUID]: at('UI', '2.25.12'),
  [Tag.StudyID]: at('SH', '1'),
  [Tag.SeriesNumber]: at('IS', 1),
  [Tag.InstanceNumber]: at('IS', 1),
  [Tag.PatientOrientation]: at('CS', 'L', 'F'),
  [Tag.ImageLaterality]: at('CS', 'U'),
  [Tag.SamplesPerPixel]: at('US', 1),
  [Tag.PhotometricInterpretation]: at('CS', 'MONOCHROME1'),
  [Tag.Rows]: at('US', 8),
  [Tag.Columns]: at('US', 6),
  [Tag.PixelSpacing]: at('DS', 0.13, 0.13),
  [Tag.PixelSpacingCalibrationType]: at('CS', 'GEOMETRY'),
  [Tag.PixelSpacingCalibrationDescription]: at('LO', 'From the table height'),
  [Tag.QualityControlImage]: at('CS', 'NO'),
  [Tag.BurnedInAnnotation]: at('CS', 'NO'),
  [Tag.RecognizableVisualFeatures]: at('CS', 'NO'),
  [Tag.WindowCenter]: at('DS', 2048),
  [Tag.WindowWidth]: at('DS', 4096),
  [Tag.RescaleIntercept]: at('DS', 0),
  [Tag.RescaleSlope]: at('DS', 1),
  [Tag.VOILUTFunction]: at('CS', 'SIGMOID'),
  [Tag.PresentationLUTShape]: at('CS', 'INVERSE'),
  [Tag.LossyImageCompression]: at('CS', '01'),
  [Tag.LossyImageCompressionRatio]: at('DS', 10),
  [Tag.LossyImageCompressionMethod]: at('CS', 'ISO_10918_1'),
  '00091001': at('LO', 'private'),
};

/** A derivation of `source` at its own size unless told otherwise. */
export function exampleDerivation(
  source: DicomDataset = exampleSource,
  change: Partial<Derivation> = {},
): Derivation {
  const uid = (tag: string) => textOf(source, tag) ?? '';
  const rendering = change.rendering ?? exampleRendering;
  return {
    source,
    archive: source,
    uids: deriveUids(
      {
        StudyInstanceUID: uid(Tag.StudyInstanceUID),
        SeriesInstanceUID: uid(Tag.SeriesInstanceUID),
        SOPInstanceUID: uid(Tag.SOPInstanceUID),
      },
      rendering,
    ),
    rendering,
    model: {
      name: rendering.model,
      version: rendering.modelVersion,
      title: 'Evidence of opacity',
      sha256: createHash('sha256').update('weights').digest('hex'),
      photographic: false,
      licence: 'CC-BY-4.0',
    },
    window: 'LINEAR, centre 2048, width 4096',
    overlays: 0,
    probability: 0.87,
    Rows: numberOf(source, Tag.Rows) ?? 0,
    Columns: numberOf(source, Tag.Columns) ?? 0,
    resized: false,
    SeriesNumber: 9001,
    InstanceNumber: 1,
    producedAt: new Date('2026-01-02T20:30:40.567Z'),
    softwareVersion: '0.1.0',
    provenance: { provider: 'cpu', runtime: 'onnxruntime 1.30.0', batch: 1 },
    DeviceUID: '2.25.4711',
    StationName: 'worker-1',
    ...change,
  };
}
