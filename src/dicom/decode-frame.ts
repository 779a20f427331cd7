import { ColouriseError } from '../domain/errors.js';
import { decodeJpeg } from './codecs/jpeg.js';
import { decodeJpegLs } from './codecs/jpeg-ls.js';
import { decodeJpeg2000 } from './codecs/jpeg-2000.js';
import type { DecodedSamples } from './codecs/decoded-samples.js';
import { decodeRle } from './codecs/rle.js';
import { imagePixelOf, type ImagePixel } from './image-pixel.js';
import { nativeSamples } from './native-samples.js';
import { singleFrame, type PixelData } from './pixel-data.js';
import type { SourceInstance } from './read-instance.js';
import { storedCodes, storedValues } from './stored-values.js';
import { transferSyntaxOf, type TransferSyntax } from './transfer-syntax.js';

/** The stored values of one image. */
export interface Frame {
  readonly Rows: number;
  readonly Columns: number;
  /** 1 to 16. */
  readonly bitsStored: number;
  readonly signed: boolean;
  /**
   * Row-major Rows × Columns, nothing but stored values: what lies outside BitsStored (overlays, rubbish)
   * is masked off and the sign extended.
   */
  readonly samples: Uint8Array | Uint16Array | Int16Array;
  /** Waits until these of the samples have arrived; absent where all are there. @throws when they never will */
  readonly need?: Need;
  /** Whether this encoding lost something; the source may have been lossy before. */
  readonly lossy: boolean;
}

/** Waits, in a thread of its own, until the bytes under a view of a file have arrived. */
export type Need = (view: ArrayBufferView) => void;

/**
 * Decodes the one frame of an instance. Sizes are checked against the header and against the codestream's
 * own header before anything is allocated; at most about 12 bytes a pixel are in use at a time.
 * Call it in a worker thread: codecs block, and a hostile codestream may take long.
 * @throws ColouriseError `NO_PIXEL_DATA`, `MALFORMED`, `TOO_LARGE`, `CORRUPT_PIXEL_DATA`,
 *   `UNSUPPORTED_PIXEL_FORMAT`, `UNSUPPORTED_TRANSFER_SYNTAX`
 * @see DICOM PS3.5 8
 */
export function decodeFrame(
  instance: SourceInstance,
  limits: { readonly maxPixels: number },
): Promise<Frame> {
  return frameOf(instance, limits, storedValues);
}

/**
 * As `decodeFrame`, for those who look at the lowest `bitsStored` bits of each sample only: what lies above them is
 * left where it is, which saves a copy of the picture.
 * @param need where the file is still arriving: samples that lie as they came are left to be waited for
 */
export async function decodeCodes(
  instance: SourceInstance,
  limits: { readonly maxPixels: number },
  need?: Need,
): Promise<Frame> {
  const { pixelData } = instance;
  if (need === undefined || pixelData?.kind !== 'native') {
    return frameOf(instance, limits, storedCodes);
  }
  const early = await frameOf(instance, limits, storedCodes);
  if (early.samples.buffer === pixelData.bytes.buffer) return { ...early, need };
  // They had to be copied, so all of them must be there before.
  need(pixelData.bytes);
  return frameOf(instance, limits, storedCodes);
}

async function frameOf(
  instance: SourceInstance,
  limits: { readonly maxPixels: number },
  samplesOf: typeof storedValues,
): Promise<Frame> {
  const { pixelData, transferSyntaxUID } = instance;
  if (!pixelData) throw new ColouriseError('NO_PIXEL_DATA', 'there is no pixel data');
  const pixel = imagePixelOf(instance.attributes, limits);
  const syntax = transferSyntaxOf(transferSyntaxUID);
  if (!syntax) throw new ColouriseError('UNSUPPORTED_TRANSFER_SYNTAX', transferSyntaxUID);
  const decoded = await decode(pixelData, pixel, syntax.codec);
  const { Rows, Columns, bitsStored, signed } = pixel;
  return {
    ...{ Rows, Columns, bitsStored, signed },
    samples: samplesOf(decoded, pixel),
    lossy: decoded.lossy,
  };
}

async function decode(
  pixelData: PixelData,
  pixel: ImagePixel,
  codec: TransferSyntax['codec'],
): Promise<DecodedSamples> {
  if (pixelData.kind === 'native') {
    if (codec !== 'native') {
      throw new ColouriseError('MALFORMED', 'compressed transfer syntax, but native pixel data');
    }
    return nativeSamples(pixelData, pixel);
  }
  const codestream = singleFrame(pixelData.fragments);
  switch (codec) {
    case 'native':
      throw new ColouriseError('MALFORMED', 'native transfer syntax, but encapsulated pixel data');
    case 'rle':
      return decodeRle(codestream, pixel);
    case 'jpeg':
      return decodeJpeg(codestream, pixel);
    case 'jpeg-ls':
      return decodeJpegLs(codestream, pixel);
    case 'jpeg-2000':
      return decodeJpeg2000(codestream, pixel);
  }
}
