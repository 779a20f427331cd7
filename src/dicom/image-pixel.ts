import { numberOf, type DicomDataset } from '../domain/dicom-json.js';
import { ColouriseError } from '../domain/errors.js';
import { Tag } from '../domain/tags.js';

/** How one frame is stored. @see DICOM PS3.3 C.7.6.3 */
export interface ImagePixel {
  readonly Rows: number;
  readonly Columns: number;
  /** 1, or 3 for the colour of our own objects. */
  readonly samplesPerPixel: 1 | 3;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
}

/**
 * The Image Pixel attributes of a single-frame image with so many samples a pixel, checked against each other.
 * @throws ColouriseError `MALFORMED` if one is missing or contradicts another, `TOO_LARGE` above `maxPixels`,
 *   `UNSUPPORTED_PIXEL_FORMAT` for other numbers of samples, for several frames and for more than 16 bits
 */
export function imagePixelOf(
  attributes: DicomDataset,
  limits: { readonly maxPixels: number },
  samplesPerPixel: 1 | 3 = 1,
): ImagePixel {
  const Rows = required(attributes, 'Rows', 1, 65535);
  const Columns = required(attributes, 'Columns', 1, 65535);
  if (Rows * Columns > limits.maxPixels) {
    throw new ColouriseError(
      'TOO_LARGE',
      `${Rows} x ${Columns} pixels, the limit is ${limits.maxPixels}`,
    );
  }
  requireCount(attributes, 'SamplesPerPixel', samplesPerPixel);
  requireCount(attributes, 'NumberOfFrames', 1);
  const bitsAllocated = required(attributes, 'BitsAllocated', 1, 64);
  if (bitsAllocated > 16) {
    throw new ColouriseError('UNSUPPORTED_PIXEL_FORMAT', `BitsAllocated is ${bitsAllocated}`);
  }
  const bitsStored = required(attributes, 'BitsStored', 1, bitsAllocated);
  const highBit =
    numberOf(attributes, Tag.HighBit) === undefined
      ? bitsStored - 1
      : required(attributes, 'HighBit', bitsStored - 1, bitsAllocated - 1);
  const signed = numberOf(attributes, Tag.PixelRepresentation) === 1;
  return { Rows, Columns, samplesPerPixel, bitsAllocated, bitsStored, highBit, signed };
}

function required(
  attributes: DicomDataset,
  keyword: 'Rows' | 'Columns' | 'BitsAllocated' | 'BitsStored' | 'HighBit',
  least: number,
  most: number,
): number {
  const value = numberOf(attributes, Tag[keyword]);
  if (value === undefined || !Number.isInteger(value) || value < least || value > most) {
    throw new ColouriseError(
      'MALFORMED',
      `${keyword} is ${value ?? 'missing'}, expected ${least} to ${most}`,
    );
  }
  return value;
}

function requireCount(
  attributes: DicomDataset,
  keyword: 'SamplesPerPixel' | 'NumberOfFrames',
  expected: number,
): void {
  const value = numberOf(attributes, Tag[keyword]) ?? 1;
  if (value !== expected) {
    throw new ColouriseError('UNSUPPORTED_PIXEL_FORMAT', `${keyword} is ${value}`);
  }
}
