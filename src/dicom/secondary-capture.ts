import { textOf, textsOf, type DicomDataset } from '../domain/dicom-json.js';
import type { DisplayProfile, Rendering, StoredOutput } from '../domain/job.js';
import { Tag } from '../domain/tags.js';
import type { InferenceProvenance } from '../domain/hardware.js';
import { copyAttributes, fromArchive, fromSource } from './copied-attributes.js';
import { describeGeometry } from './geometry.js';
import { iccProfile } from './icc-profile.js';
import { product, SecondaryCaptureImageStorage } from './own-output.js';
import { describeProvenance, notForDiagnosis, requiredUid } from './provenance.js';
import { packedSyntaxes } from './transfer-syntax.js';
import { conformingValues, cutText, element } from './value-representation.js';

/** Everything that the header of a colour instance tells. Equal derivations give equal bytes. */
export interface Derivation {
  /** The source's attributes as read from its file. */
  readonly source: DicomDataset;
  /** What the archive says of the source now: patient and study are taken from here. */
  readonly archive: DicomDataset;
  /** From `deriveUids`. */
  readonly uids: StoredOutput;
  readonly rendering: Rendering;
  readonly model: {
    readonly name: string;
    readonly version: string;
    /** What its colour shows, in a few words. */
    readonly title: string;
    /** Of the weights, hexadecimal. */
    readonly sha256: string;
    /** Whether its colour is invented, as of a tinted photograph, rather than measured. */
    readonly photographic: boolean;
    readonly licence: string;
  };
  /** The window that was applied, in words. */
  readonly window: string;
  /** Overlay planes of the source that were not drawn. */
  readonly overlays: number;
  /** Image score of the model, [0, 1]. */
  readonly probability?: number;
  readonly Rows: number;
  readonly Columns: number;
  /** Whether Rows × Columns differ from those of the source. */
  readonly resized: boolean;
  /** The same for all instances of the series; see `chooseSeriesNumber`. */
  readonly SeriesNumber: number;
  readonly InstanceNumber: number;
  readonly producedAt: Date;
  /** Minutes east of UTC in which dates and times are written when the source names no zone; default 0. */
  readonly utcOffsetMinutes?: number;
  readonly softwareVersion: string;
  readonly provenance: InferenceProvenance;
  /** Whether the source came in a lossy transfer syntax, whatever its attributes say. */
  readonly transferSyntaxLossy?: boolean;
  /** This installation; see `deriveDeviceUid`. */
  readonly DeviceUID: string;
  /** Host that computed it. */
  readonly StationName?: string;
}

/**
 * The header of the colour instance: a Secondary Capture of one RGB frame, without its pixels.
 * Window, rescale and lookup tables of the source are left behind (they are in the pixels, and
 * viewers turn a windowed RGB image black), and so are its private attributes.
 * @throws ColouriseError `MISSING_UID` when source or archive lack one of the four UIDs
 * @see DICOM PS3.3 A.8.1
 */
export function describeSecondaryCapture(derivation: Derivation): DicomDataset {
  const { source, archive } = derivation;
  return {
    [Tag.SpecificCharacterSet]: element('CS', 'ISO_IR 192'),
    ...copyAttributes(archive, fromArchive),
    ...copyAttributes(source, fromSource),
    ...deidentification(archive),
    ...identity(derivation),
    ...moment(derivation),
    ...equipment(derivation),
    ...describeProvenance(derivation),
    ...describeGeometry(source, derivation),
    ...fidelity(derivation),
    ...picture(derivation),
  };
}

function identity(derivation: Derivation): DicomDataset {
  const { source, archive, uids, rendering, model } = derivation;
  const [modality] = conformingValues('CS', source[Tag.Modality]);
  return {
    [Tag.SOPClassUID]: element('UI', SecondaryCaptureImageStorage),
    [Tag.SOPInstanceUID]: element('UI', uids.SOPInstanceUID),
    [Tag.StudyInstanceUID]: element('UI', requiredUid(archive, 'StudyInstanceUID')),
    [Tag.SeriesInstanceUID]: element('UI', uids.SeriesInstanceUID),
    [Tag.Modality]: element('CS', rendering.modality === 'OT' ? 'OT' : (modality ?? 'OT')),
    [Tag.SeriesNumber]: element('IS', String(derivation.SeriesNumber)),
    [Tag.InstanceNumber]: element('IS', String(derivation.InstanceNumber)),
    [Tag.SeriesDescription]: element('LO', seriesDescription(model.name)),
    [Tag.ImageType]: element('CS', 'DERIVED', 'SECONDARY', 'OTHER'),
    [Tag.ImageComments]: element('LT', `AI colour. ${notForDiagnosis} The original is unchanged.`),
  };
}

/** At most 64 characters, the warning always whole. */
export function seriesDescription(model: string): string {
  const [before, after] = ['AI colour: ', ' - not for diagnosis'];
  return `${before}${cutText(model, 64 - before.length - after.length)}${after}`;
}

/** A de-identified study stays marked as one; the method is required with the mark. */
function deidentification(archive: DicomDataset): DicomDataset {
  if (textOf(archive, Tag.PatientIdentityRemoved) !== 'YES') return {};
  const methods = conformingValues('LO', archive[Tag.DeidentificationMethod]);
  const codes = conformingValues('SQ', archive[Tag.DeidentificationMethodCodeSequence]);
  const stated = methods.length + codes.length > 0;
  return {
    [Tag.PatientIdentityRemoved]: element('CS', 'YES'),
    ...(methods.length > 0 || !stated
      ? {
          [Tag.DeidentificationMethod]: element(
            'LO',
            ...(stated ? methods : ['Not stated by the source image']),
          ),
        }
      : {}),
    ...(codes.length > 0
      ? { [Tag.DeidentificationMethodCodeSequence]: element('SQ', ...codes) }
      : {}),
  };
}

/** When the picture was made, in the time zone of the source so that its times stay comparable. */
function moment(derivation: Derivation): DicomDataset {
  const { source, producedAt, utcOffsetMinutes = 0 } = derivation;
  const zone = textOf(source, Tag.TimezoneOffsetFromUTC)?.match(/^([+-])(\d\d)([0-5]\d)$/);
  const minutes = zone
    ? Number(`${zone[1] ?? ''}1`) * (Number(zone[2]) * 60 + Number(zone[3]))
    : utcOffsetMinutes;
  const digits = new Date(producedAt.getTime() + minutes * 60_000)
    .toISOString()
    .replace(/[-:TZ]/g, '');
  const [date, time] = [element('DA', digits.slice(0, 8)), element('TM', digits.slice(8))];
  return {
    [Tag.InstanceCreationDate]: date,
    [Tag.InstanceCreationTime]: time,
    [Tag.ContentDate]: date,
    [Tag.ContentTime]: time,
    ...(zone ? { [Tag.TimezoneOffsetFromUTC]: element('SH', zone[0]) } : {}),
  };
}

/** We are the equipment of this series; the source's own is in ContributingEquipmentSequence. */
function equipment({ softwareVersion, DeviceUID }: Derivation): DicomDataset {
  const version = element('LO', cutText(softwareVersion, 64));
  return {
    [Tag.ConversionType]: element('CS', 'SYN'),
    [Tag.Manufacturer]: element('LO', product.Manufacturer),
    [Tag.ManufacturerModelName]: element('LO', product.ManufacturerModelName),
    [Tag.SoftwareVersions]: version,
    [Tag.DeviceUID]: element('UI', DeviceUID),
    [Tag.SecondaryCaptureDeviceManufacturer]: element('LO', product.Manufacturer),
    [Tag.SecondaryCaptureDeviceManufacturerModelName]: element('LO', product.ManufacturerModelName),
    [Tag.SecondaryCaptureDeviceSoftwareVersions]: version,
  };
}

/** What was lost, added or invented on the way to these pixels. */
function fidelity({ source, rendering, model, transferSyntaxLossy }: Derivation): DicomDataset {
  const burnedIn = textOf(source, Tag.BurnedInAnnotation);
  const stated = burnedIn === 'YES' || burnedIn === 'NO' ? burnedIn : undefined;
  const annotation = stated ?? (rendering.banner ? undefined : 'NO');
  const synthetic = model.photographic || textOf(source, Tag.SyntheticData) === 'YES';
  return {
    ...(annotation ? { [Tag.BurnedInAnnotation]: element('CS', annotation) } : {}),
    ...(synthetic ? { [Tag.SyntheticData]: element('CS', 'YES') } : {}),
    ...lossyCompression(source, transferSyntaxLossy ?? false),
  };
}

/** Once lossy, always lossy. @see DICOM PS3.3 C.7.6.1.1.5 */
function lossyCompression(source: DicomDataset, transferSyntaxLossy: boolean): DicomDataset {
  const stated = textsOf(source, Tag.LossyImageCompression)[0];
  if (stated !== '01' && !transferSyntaxLossy) {
    return stated === '00' ? { [Tag.LossyImageCompression]: element('CS', '00') } : {};
  }
  const ratios = conformingValues('DS', source[Tag.LossyImageCompressionRatio]);
  const methods = conformingValues('CS', source[Tag.LossyImageCompressionMethod]);
  return {
    [Tag.LossyImageCompression]: element('CS', '01'),
    ...(ratios.length > 0 ? { [Tag.LossyImageCompressionRatio]: element('DS', ...ratios) } : {}),
    ...(methods.length > 0 ? { [Tag.LossyImageCompressionMethod]: element('CS', ...methods) } : {}),
  };
}

const profiles: Readonly<Record<DisplayProfile, string>> = {
  srgb: Buffer.from(iccProfile('srgb')).toString('base64'),
  gsdf: Buffer.from(iccProfile('gsdf')).toString('base64'),
};

function picture({ Rows, Columns, rendering }: Derivation): DicomDataset {
  const { compression } = rendering;
  const display: DisplayProfile = rendering.display ?? 'srgb';
  return {
    [Tag.SamplesPerPixel]: element('US', 3),
    [Tag.PhotometricInterpretation]: element(
      'CS',
      compression ? packedSyntaxes[compression].PhotometricInterpretation : 'RGB',
    ),
    [Tag.PlanarConfiguration]: element('US', 0),
    [Tag.Rows]: element('US', Rows),
    [Tag.Columns]: element('US', Columns),
    [Tag.BitsAllocated]: element('US', 8),
    [Tag.BitsStored]: element('US', 8),
    [Tag.HighBit]: element('US', 7),
    [Tag.PixelRepresentation]: element('US', 0),
    [Tag.ICCProfile]: { vr: 'OB', InlineBinary: profiles[display] },
    ...(display === 'srgb' ? { [Tag.ColorSpace]: element('CS', 'SRGB') } : {}),
  };
}
