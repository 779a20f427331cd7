import type { Frame } from '../dicom/decode-frame.js';
import { numberOf, textOf, type DicomDataset } from '../domain/dicom-json.js';
import { ColouriseError } from '../domain/errors.js';
import { Tag } from '../domain/tags.js';
import type { GreyImage } from '../ports/colouring.js';
import { fullRange } from './display-range.js';
import { modalityValues, type StoredRange } from './modality-lut.js';
import { lookUp } from './row-kernels.js';
import { viewOf, type View } from './voi.js';

/** Rows drawn at a time: they stay in the cache for those who read them next. */
const blockRows = 64;

export interface DisplayedImage {
  readonly image: GreyImage;
  /** One line for provenance, such as `LINEAR 2048/4096`, `VOI LUT` or `full range 12..4000`. */
  readonly window: string;
  /** Overlay planes that were left out, those in unused bits of the pixel data included. */
  readonly overlays: number;
}

/**
 * What a good viewer shows first: modality LUT, VOI, presentation LUT shape, polarity.
 * Everything is folded into one table from stored value to grey, applied in one pass.
 * @param frame only the lowest `bitsStored` bits of its samples are looked at
 * @param options.windowIndex which of several VOI LUTs or windows, from 0
 * @param options.memory gives so many bytes for the grey values; left out, they are on memory of their own
 * @param options.onRows hears from the top downwards how many rows are drawn
 * @throws ColouriseError `MALFORMED` without PhotometricInterpretation, for guessing the polarity would be
 *   a gamble; `UNSUPPORTED_PIXEL_FORMAT` if it is not MONOCHROME1 or MONOCHROME2
 * @see DICOM PS3.3 C.7.6.3.1.2, C.11; PS3.4 N.2
 */
export function displayGrey(
  frame: Frame,
  attributes: DicomDataset,
  options: {
    readonly windowIndex?: number;
    readonly memory?: (bytes: number) => Uint8Array;
    readonly onRows?: (image: GreyImage, rows: number) => void;
  } = {},
): DisplayedImage {
  const { Rows, Columns, samples } = frame;
  const isInverted = invertsPolarity(attributes);
  const padding = paddingCodes(attributes, frame);
  const values = modalityValues(attributes, frame);
  const view = viewOf(attributes, options.windowIndex ?? 0) ?? fullRange(frame, values, padding);
  const table = greyTable(values, view, isInverted, padding);
  const grey = options.memory?.(samples.length) ?? new Uint8Array(samples.length);
  const image = { Rows, Columns, grey };
  for (let first = 0; first < Rows; first += blockRows) {
    const end = Math.min(Rows, first + blockRows);
    const block = [first * Columns, end * Columns] as const;
    frame.need?.(samples.subarray(0, block[1]));
    lookUp(samples.subarray(...block), table, grey.subarray(...block));
    options.onRows?.(image, end);
  }
  return { image, window: view.name, overlays: overlaysOf(attributes) };
}

/**
 * MONOCHROME1 shows low values white. PresentationLUTShape INVERSE says the same of an image that
 * is MONOCHROME1 already, so both together invert once.
 * @see DICOM PS3.3 C.7.6.3.1.2, C.8.11.3.1.2
 */
function invertsPolarity(attributes: DicomDataset): boolean {
  const photometric = textOf(attributes, Tag.PhotometricInterpretation);
  if (photometric === undefined) {
    throw new ColouriseError('MALFORMED', 'PhotometricInterpretation is missing');
  }
  if (photometric !== 'MONOCHROME1' && photometric !== 'MONOCHROME2') {
    throw new ColouriseError(
      'UNSUPPORTED_PIXEL_FORMAT',
      `PhotometricInterpretation ${photometric}`,
    );
  }
  return (
    photometric === 'MONOCHROME1' || textOf(attributes, Tag.PresentationLUTShape) === 'INVERSE'
  );
}

/**
 * Codes that fill the area outside the picture. A padding value that BitsStored cannot express
 * marks no pixel.
 * @see DICOM PS3.3 C.7.5.1.1.2
 */
function paddingCodes(attributes: DicomDataset, range: StoredRange): ReadonlySet<number> {
  const value = numberOf(attributes, Tag.PixelPaddingValue);
  if (value === undefined) return new Set();
  const limit = numberOf(attributes, Tag.PixelPaddingRangeLimit) ?? value;
  const [one, other] = [inSign(value, range), inSign(limit, range)];
  const least = range.signed ? -(2 ** (range.bitsStored - 1)) : 0;
  const first = Math.max(Math.min(one, other), least);
  const last = Math.min(Math.max(one, other), least + 2 ** range.bitsStored - 1);
  const mask = 2 ** range.bitsStored - 1;
  return new Set(
    Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => (first + index) & mask),
  );
}

/** Signed images often carry the attribute with the wrong value representation, US. */
function inSign(value: number, range: StoredRange): number {
  return range.signed && value > 32767 ? value - 65536 : value;
}

/** Grey of each code; padding is black whatever the polarity. */
function greyTable(
  values: Float64Array,
  view: View,
  isInverted: boolean,
  padding: ReadonlySet<number>,
): Uint8Array {
  return Uint8Array.from(values, (value, code) => {
    if (padding.has(code)) return 0;
    const white = view.apply(value);
    return roundedHalfUp(255 * (isInverted ? 1 - white : white));
  });
}

/** Polarity is turned before rounding, and ties that floating point missed still count as ties:
 * so a MONOCHROME1 image and its MONOCHROME2 twin come out the same to the byte. */
function roundedHalfUp(grey: number): number {
  return Math.floor(grey + 0.5 + 1e-6);
}

/** Overlay planes live in the even groups 6000 to 601E. @see DICOM PS3.3 C.9.2 */
function overlaysOf(attributes: DicomDataset): number {
  const groups = Object.keys(attributes)
    .filter((tag) => /^60[01][02468ACE]0010$/.test(tag))
    .map((tag) => tag.slice(0, 4));
  return new Set(groups).size;
}
