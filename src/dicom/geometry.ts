import { numberOf, numbersOf, textOf, textsOf, type DicomDataset } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';
import { cutText, decimalString, element } from './value-representation.js';

interface Size {
  readonly Rows: number;
  readonly Columns: number;
}

/**
 * Where the picture lies and how large it is, as the source says and no more: a spacing keeps its
 * calibration type, and one that was never calibrated is not called calibrated.
 * Spacings are millimetres, rows first; they grow when the picture was made smaller.
 * @see DICOM PS3.3 10.7.1.3, C.7.6.1.1.1, C.7.6.3.1.7
 */
export function describeGeometry(source: DicomDataset, output: Size): DicomDataset {
  return {
    [Tag.PatientOrientation]: element('CS', ...orientation(source)),
    ...laterality(source),
    ...spacing(source, output),
  };
}

/** Two directions, of letters A P R L H F; empty when the source does not know them. */
function orientation(source: DicomDataset): readonly string[] {
  const directions = textsOf(source, Tag.PatientOrientation);
  const valid = directions.every((direction) => /^[APRLHF]{1,3}$/.test(direction));
  return valid && directions.length === 2 ? directions : [];
}

/**
 * A known side goes into Image Laterality: the series attribute is forbidden for an unpaired body
 * part such as the chest. An unknown side of what may be a pair is said by an empty Laterality.
 * @see DICOM PS3.3 C.7.3.1, C.7.6.1
 */
function laterality(source: DicomDataset): DicomDataset {
  const side =
    textsOf(source, Tag.ImageLaterality).find((value) => ['R', 'L', 'U', 'B'].includes(value)) ??
    textsOf(source, Tag.Laterality).find((value) => ['R', 'L'].includes(value));
  if (side !== undefined) return { [Tag.ImageLaterality]: element('CS', side) };
  const bodyPart = textOf(source, Tag.BodyPartExamined)?.toUpperCase();
  if (bodyPart !== undefined && unpaired.has(bodyPart)) return {};
  return { [Tag.Laterality]: element('CS') };
}

/** The unpaired body parts that radiographs show. @see DICOM PS3.16 Annex L */
const unpaired = new Set(
  (
    'ABDOMEN ABDOMENPELVIS CHEST CHESTABDOMEN CHESTABDPELVIS COCCYX CSPINE CTSPINE HEAD HEADNECK ' +
    'HEART JAW LSPINE LSSPINE MEDIASTINUM NECK NECKCHEST NECKCHESTABDOMEN NECKCHESTABDPELV ' +
    'PELVIS SKULL SPINE SSPINE STERNUM TLSPINE TRACHEA TSPINE WHOLEBODY'
  ).split(' '),
);

function spacing(source: DicomDataset, output: Size): DicomDataset {
  const scale = {
    rows: (numberOf(source, Tag.Rows) ?? output.Rows) / output.Rows,
    columns: (numberOf(source, Tag.Columns) ?? output.Columns) / output.Columns,
  };
  const pixel = pair(source, Tag.PixelSpacing);
  const imager = pair(source, Tag.ImagerPixelSpacing);
  const written = (at: Pair) =>
    element('DS', decimalString(at.rows * scale.rows), decimalString(at.columns * scale.columns));
  return {
    ...(pixel ? { [Tag.PixelSpacing]: written(pixel), ...calibration(source) } : {}),
    ...(imager ? { [Tag.ImagerPixelSpacing]: written(imager) } : {}),
    ...(pixel ? {} : aspectRatio(imager ?? pair(source, Tag.PixelAspectRatio), scale)),
  };
}

interface Pair {
  readonly rows: number;
  readonly columns: number;
}

function pair(source: DicomDataset, tag: string): Pair | undefined {
  const [rows, columns, ...more] = numbersOf(source, tag);
  if (rows === undefined || columns === undefined || more.length > 0) return undefined;
  return rows > 0 && columns > 0 ? { rows, columns } : undefined;
}

/** The type needs a description; a source without one gets a plain statement of that. */
function calibration(source: DicomDataset): DicomDataset {
  const type = textsOf(source, Tag.PixelSpacingCalibrationType)[0];
  if (type !== 'GEOMETRY' && type !== 'FIDUCIAL') return {};
  const description = textsOf(source, Tag.PixelSpacingCalibrationDescription)[0];
  return {
    [Tag.PixelSpacingCalibrationType]: element('CS', type),
    [Tag.PixelSpacingCalibrationDescription]: element(
      'LO',
      cutText(description ?? 'Not described by the source image', 64),
    ),
  };
}

/** Only where pixels are not square, as whole numbers in lowest terms. @see DICOM PS3.3 C.7.6.3.1.7 */
function aspectRatio(at: Pair | undefined, scale: Pair): DicomDataset {
  if (at === undefined) return {};
  const ratio = (at.rows * scale.rows) / (at.columns * scale.columns);
  if (Math.abs(ratio - 1) < 1e-4) return {};
  const [vertical, horizontal] = lowestTerms(ratio);
  return {
    [Tag.PixelAspectRatio]: element('IS', String(vertical), String(horizontal)),
  };
}

/** The first fraction within 1e-6 of `ratio` with a denominator of at most 10000. */
function lowestTerms(ratio: number): readonly [number, number] {
  for (let denominator = 1; denominator <= 10_000; denominator += 1) {
    const numerator = Math.round(ratio * denominator);
    if (numerator > 0 && Math.abs(numerator / denominator / ratio - 1) < 1e-6) {
      return [numerator, denominator];
    }
  }
  return [Math.max(1, Math.round(ratio * 10_000)), 10_000];
}
