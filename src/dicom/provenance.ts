import { itemsOf, textOf, type DicomAttribute, type DicomDataset } from '../domain/dicom-json.js';
import { ColouriseError } from '../domain/errors.js';
import { gsdfRange } from '../domain/gsdf.js';
import { hardwareInWords } from '../domain/hardware.js';
import type { Rendering } from '../domain/job.js';
import { Tag } from '../domain/tags.js';
import { codes, codeSequence, codingSchemes } from './codes.js';
import { copyAttributes, type CopiedAttribute } from './copied-attributes.js';
import { product } from './own-output.js';
import type { Derivation } from './secondary-capture.js';
import { conformingValues, cutText, decimalString, element } from './value-representation.js';

export const notForDiagnosis = 'Research software, not for diagnosis.';

/** From what, by what and how the picture was made. */
export function describeProvenance(derivation: Derivation): DicomDataset {
  const { source, resized } = derivation;
  return {
    ...references(source, resized),
    ...codingSchemes(),
    [Tag.DerivationDescription]: element('ST', cutText(derivationText(derivation), 1024)),
    [Tag.DerivationCodeSequence]: codeSequence(
      codes.colourisation,
      ...(resized ? [codes.resampling] : []),
    ),
    [Tag.ContributingEquipmentSequence]: contributingEquipment(derivation),
  };
}

/**
 * A UID of the source, as it stands there.
 * @throws ColouriseError `MISSING_UID`
 */
export function requiredUid(dataset: DicomDataset, keyword: keyof typeof Tag): string {
  const uid = textOf(dataset, Tag[keyword]);
  if (uid === undefined) throw new ColouriseError('MISSING_UID', `no ${keyword}`);
  return uid;
}

/** @see DICOM PS3.3 C.7.6.1.1.4, C.12.2 */
function references(source: DicomDataset, resized: boolean): DicomDataset {
  const instance = {
    [Tag.ReferencedSOPClassUID]: element('UI', requiredUid(source, 'SOPClassUID')),
    [Tag.ReferencedSOPInstanceUID]: element('UI', requiredUid(source, 'SOPInstanceUID')),
  };
  return {
    [Tag.SourceImageSequence]: element('SQ', {
      ...instance,
      [Tag.SpatialLocationsPreserved]: element('CS', resized ? 'NO' : 'YES'),
      [Tag.PurposeOfReferenceCodeSequence]: codeSequence(codes.sourceImage),
    }),
    [Tag.ReferencedSeriesSequence]: element('SQ', {
      [Tag.SeriesInstanceUID]: element('UI', requiredUid(source, 'SeriesInstanceUID')),
      [Tag.ReferencedInstanceSequence]: element('SQ', instance),
    }),
  };
}

/** One sentence a fact, the warning first: a reader that shows only the start shows what matters. */
function derivationText(derivation: Derivation): string {
  const { model, rendering, provenance, window, probability, overlays } = derivation;
  return [
    notForDiagnosis,
    `Colour by model ${model.name} ${model.version} (weights SHA-256 ${model.sha256}, ${model.licence}),` +
      ` ${hardwareInWords(provenance)}.`,
    model.photographic
      ? 'The colour is invented, as on a tinted photograph, and has no meaning.'
      : `Colour strength means '${model.title}' by this model: palette ${rendering.palette}.`,
    `Strength ${decimalString(rendering.strength)}. Window: ${window}.`,
    ...(probability === undefined
      ? []
      : [`Image score ${probability.toFixed(3)}: a model output, no diagnosis.`]),
    ...(overlays > 0 ? [`Overlay planes of the source not drawn: ${overlays}.`] : []),
    promise(rendering),
  ].join(' ');
}

/** What stays as it was, where, and on which displays. */
function promise({ banner, display, contours }: Rendering): string {
  const drawn = [
    ...(banner ? ['legend and banner'] : []),
    ...(contours ? [`contour lines at evidence ${contours.map(decimalString).join(', ')}`] : []),
  ];
  const where = drawn.length > 0 ? `Burned in: ${drawn.join('; ')}. Outside them the` : 'The';
  return display === 'gsdf'
    ? `${where} luminance of the displayed grey is kept on displays calibrated to the GSDF (PS3.14,` +
        ` ${gsdfRange.blackCdM2} to ${gsdfRange.whiteCdM2} cd/m2); on others it drifts.`
    : `${where} lightness (L*) of the displayed grey is kept.`;
}

const equipmentAttributes: readonly CopiedAttribute[] = [
  { keyword: 'InstitutionName', vr: 'LO', type: '3' },
  { keyword: 'StationName', vr: 'SH', type: '3' },
  { keyword: 'ManufacturerModelName', vr: 'LO', type: '3' },
  { keyword: 'DeviceSerialNumber', vr: 'LO', type: '3' },
  { keyword: 'DeviceUID', vr: 'UI', type: '3' },
  { keyword: 'SoftwareVersions', vr: 'LO', type: '3' },
];

/** The history of the image: entries that it came with, the machine it came from, and us. */
function contributingEquipment(derivation: Derivation): DicomAttribute {
  const { source } = derivation;
  const inherited = conformingValues('SQ', source[Tag.ContributingEquipmentSequence]).filter(
    (item) => isComplete(item as DicomDataset),
  );
  return element('SQ', ...inherited, ...acquisitionEquipment(source), ourEquipment(derivation));
}

/** An entry that lacks a required attribute would make the whole object invalid. */
function isComplete(item: DicomDataset): boolean {
  return (
    textOf(item, Tag.Manufacturer) !== undefined &&
    itemsOf(item, Tag.PurposeOfReferenceCodeSequence).length > 0
  );
}

/** None when the source names no machine; its Manufacturer is required. @see DICOM PS3.3 C.12.1 */
function acquisitionEquipment(source: DicomDataset): readonly DicomDataset[] {
  const described = copyAttributes(source, equipmentAttributes);
  const [manufacturer] = conformingValues('LO', source[Tag.Manufacturer]);
  if (manufacturer === undefined && described[Tag.ManufacturerModelName] === undefined) return [];
  return [
    {
      ...described,
      [Tag.PurposeOfReferenceCodeSequence]: codeSequence(codes.acquisitionEquipment),
      [Tag.Manufacturer]: element('LO', manufacturer ?? 'Not stated by the source image'),
    },
  ];
}

/** The entry by which we know our own output again. */
function ourEquipment(derivation: Derivation): DicomDataset {
  const { softwareVersion, DeviceUID, StationName, producedAt, provenance } = derivation;
  return {
    [Tag.PurposeOfReferenceCodeSequence]: codeSequence(codes.processingEquipment),
    [Tag.Manufacturer]: element('LO', product.Manufacturer),
    [Tag.ManufacturerModelName]: element('LO', product.ManufacturerModelName),
    ...(StationName === undefined
      ? {}
      : { [Tag.StationName]: element('SH', cutText(StationName, 16)) }),
    [Tag.SoftwareVersions]: element('LO', cutText(softwareVersion, 64)),
    [Tag.DeviceUID]: element('UI', DeviceUID),
    [Tag.ContributionDateTime]: element('DT', utcDateTime(producedAt)),
    [Tag.ContributionDescription]: element(
      'ST',
      cutText(`Colourisation. ${notForDiagnosis} ${hardwareInWords(provenance)}.`, 1024),
    ),
  };
}

/** YYYYMMDDHHMMSS.FFFFFF with its offset, which leaves no doubt about the time zone. */
function utcDateTime(time: Date): string {
  const digits = time.toISOString().replace(/[-:TZ]/g, '');
  return `${digits}000+0000`;
}
