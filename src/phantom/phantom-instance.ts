import dcmjs from 'dcmjs';
import type { Phantom } from './chest-phantom.js';

/** Whose and which picture this is to be. Everything is made up; dates are DICOM DA and TM. */
export interface PhantomIdentity {
  readonly PatientName: string;
  readonly PatientID: string;
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
  readonly PatientBirthDate?: string;
  readonly PatientSex?: 'F' | 'M' | 'O';
  readonly StudyID?: string;
  readonly AccessionNumber?: string;
  readonly StudyDate?: string;
  readonly StudyTime?: string;
  readonly StudyDescription?: string;
  /** Default CHEST. Another part under a wrong tag is a good test. */
  readonly BodyPartExamined?: string;
  /** Default PA. */
  readonly ViewPosition?: string;
}

const digitalXRayForPresentation = '1.2.840.10008.5.1.4.1.1.1.1';
/** Names the writer of these files: a UUID drawn once. */
const implementation = '2.25.123693412888452020142176140537027591985';
const explicitLittleEndian = '1.2.840.10008.1.2.1';

/**
 * The phantom as a Part 10 file: Digital X-Ray Image Storage - For Presentation, 12 of 16 bits, Explicit VR Little
 * Endian. QualityControlSubject says YES, so an archive's rules can keep it out of clinics.
 * @see DICOM PS3.3 A.26, PS3.10 7
 */
export function phantomInstance(phantom: Phantom, identity: PhantomIdentity): Uint8Array {
  const meta = elements({
    '00020001': ['OB', new Uint8Array([0, 1]).buffer],
    '00020002': ['UI', digitalXRayForPresentation],
    '00020003': ['UI', identity.SOPInstanceUID],
    '00020010': ['UI', explicitLittleEndian],
    '00020012': ['UI', implementation],
  });
  const file = new dcmjs.data.DicomDict(meta);
  file.dict = elements({
    ...about(identity),
    ...acquisition(phantom, identity),
    ...picture(phantom),
  });
  return withPixels(new Uint8Array(file.write()), phantom.samples);
}

type Attributes = Readonly<Record<string, readonly [vr: string, ...values: unknown[]]>>;

function elements(attributes: Attributes): Record<string, { vr: string; Value: unknown[] }> {
  return Object.fromEntries(
    Object.entries(attributes).map(([tag, [vr, ...Value]]) => [tag, { vr, Value }]),
  );
}

function about(identity: PhantomIdentity): Attributes {
  const { StudyDate = '20240101', StudyTime = '120000' } = identity;
  return {
    '00080005': ['CS', 'ISO_IR 192'],
    '00080008': ['CS', 'ORIGINAL', 'PRIMARY', ''],
    '00080016': ['UI', digitalXRayForPresentation],
    '00080018': ['UI', identity.SOPInstanceUID],
    '00080020': ['DA', StudyDate],
    '00080022': ['DA', StudyDate],
    '00080023': ['DA', StudyDate],
    '00080030': ['TM', StudyTime],
    '00080032': ['TM', StudyTime],
    '00080033': ['TM', StudyTime],
    '00080050': ['SH', ...some(identity.AccessionNumber)],
    '00080060': ['CS', 'DX'],
    '00080068': ['CS', 'FOR PRESENTATION'],
    '00080070': ['LO', 'Digital phantom'],
    '00080090': ['PN'],
    '00081030': ['LO', identity.StudyDescription ?? 'Phantom'],
    '0008103E': ['LO', `Phantom ${identity.ViewPosition ?? 'PA'}`],
    '00081090': ['LO', 'Line integrals'],
    '00082218': ['SQ', elements(region(identity.BodyPartExamined ?? 'CHEST'))],
    '00100010': ['PN', { Alphabetic: identity.PatientName }],
    '00100020': ['LO', identity.PatientID],
    '00100030': ['DA', ...some(identity.PatientBirthDate)],
    '00100040': ['CS', identity.PatientSex ?? 'O'],
    '00100200': ['CS', 'YES'],
    '0020000D': ['UI', identity.StudyInstanceUID],
    '0020000E': ['UI', identity.SeriesInstanceUID],
    '00200010': ['SH', identity.StudyID ?? '1'],
    '00200011': ['IS', '1'],
    '00200013': ['IS', '1'],
  };
}

function acquisition({ spacingMm }: Phantom, identity: PhantomIdentity): Attributes {
  const { ViewPosition = 'PA' } = identity;
  const spacing = spacingMm.toPrecision(6);
  return {
    '00180015': ['CS', identity.BodyPartExamined ?? 'CHEST'],
    '00180060': ['DS', '120'],
    '00181020': ['LO', '1'],
    '00181110': ['DS', '1800'],
    '00181164': ['DS', spacing, spacing],
    '00181508': ['CS', 'COLUMN'],
    '00185101': ['CS', ViewPosition],
    '00187004': ['CS', 'DIRECT'],
    '00200020': ['CS', ...(ViewPosition === 'LL' ? ['P', 'F'] : ['L', 'F'])],
    '00200062': ['CS', 'U'],
    '00400555': ['SQ'],
    '00540220': ['SQ', elements(viewCode(ViewPosition))],
  };
}

function picture(phantom: Phantom): Attributes {
  const spacing = phantom.spacingMm.toPrecision(6);
  return {
    '00280002': ['US', 1],
    '00280004': ['CS', phantom.photometric],
    '00280010': ['US', phantom.Rows],
    '00280011': ['US', phantom.Columns],
    '00280030': ['DS', spacing, spacing],
    '00280100': ['US', 16],
    '00280101': ['US', 12],
    '00280102': ['US', 11],
    '00280103': ['US', 0],
    '00280301': ['CS', 'NO'],
    '00281040': ['CS', 'LOG'],
    '00281041': ['SS', phantom.photometric === 'MONOCHROME2' ? -1 : 1],
    '00281050': ['DS', phantom.windowCenter],
    '00281051': ['DS', phantom.windowWidth],
    '00281052': ['DS', '0'],
    '00281053': ['DS', '1'],
    '00281054': ['LO', 'US'],
    '00282110': ['CS', '00'],
    '20500020': ['CS', phantom.photometric === 'MONOCHROME2' ? 'IDENTITY' : 'INVERSE'],
  };
}

/** @see DICOM PS3.16 CID 4009 */
function region(part: string): Attributes {
  const known: Readonly<Record<string, readonly [string, string]>> = {
    CHEST: ['51185008', 'Chest'],
    HAND: ['85562004', 'Hand'],
  };
  const [code, meaning] = known[part] ?? ['38266002', 'Entire body'];
  return coded(code, meaning);
}

/** @see DICOM PS3.16 CID 4010 */
function viewCode(view: string): Attributes {
  return view === 'LL'
    ? coded('399198007', 'Left lateral')
    : coded('272479007', 'Postero-anterior');
}

function coded(code: string, meaning: string): Attributes {
  return { '00080100': ['SH', code], '00080102': ['SH', 'SCT'], '00080104': ['LO', meaning] };
}

function some(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}

/** Pixel Data is the last element of all, so it is appended as it stands, without a pass through a writer. */
function withPixels(header: Uint8Array, samples: Uint16Array): Uint8Array {
  const length = samples.length * 2;
  const bytes = new Uint8Array(header.length + 12 + length + (length % 2));
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  const start = header.length;
  view.setUint16(start, 0x7fe0, true);
  view.setUint16(start + 2, 0x0010, true);
  bytes.set([0x4f, 0x57, 0, 0], start + 4);
  view.setUint32(start + 8, length, true);
  samples.forEach((value, at) => {
    view.setUint16(start + 12 + 2 * at, value, true);
  });
  return bytes;
}
