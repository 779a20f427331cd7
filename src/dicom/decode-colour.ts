import { numberOf, textOf } from '../domain/dicom-json.js';
import { ColouriseError } from '../domain/errors.js';
import { Tag } from '../domain/tags.js';
import type { DecodedSamples } from './codecs/decoded-samples.js';
import { decodeJpegLs } from './codecs/jpeg-ls.js';
import { decodeJpeg2000 } from './codecs/jpeg-2000.js';
import type { RgbFrame } from './codecs/rgb-frame.js';
import { decodeRle } from './codecs/rle.js';
import { imagePixelOf, type ImagePixel } from './image-pixel.js';
import { singleFrame, type PixelData } from './pixel-data.js';
import type { SourceInstance } from './read-instance.js';
import { transferSyntaxOf } from './transfer-syntax.js';

/** Whether this is colour as we store it, or as an archive packs that anew. */
export function isRgb({ attributes }: SourceInstance): boolean {
  const interpretation = textOf(attributes, Tag.PhotometricInterpretation);
  return interpretation === 'RGB' || interpretation === 'YBR_RCT';
}

/**
 * The one frame of a colour object with 8 bits a sample: native or in one of `packedSyntaxes`.
 * @throws ColouriseError `NO_PIXEL_DATA`, `MALFORMED`, `TOO_LARGE`, `CORRUPT_PIXEL_DATA`, `UNSUPPORTED_PIXEL_FORMAT`,
 *   `UNSUPPORTED_TRANSFER_SYNTAX`
 */
export async function decodeColour(
  { attributes, pixelData, transferSyntaxUID }: SourceInstance,
  limits: { readonly maxPixels: number },
): Promise<RgbFrame> {
  if (!pixelData) throw new ColouriseError('NO_PIXEL_DATA', 'there is no pixel data');
  const pixel = imagePixelOf(attributes, limits, 3);
  if (pixel.bitsAllocated !== 8) {
    throw new ColouriseError('UNSUPPORTED_PIXEL_FORMAT', `colour of ${pixel.bitsAllocated} bits`);
  }
  const { Rows, Columns } = pixel;
  if (pixelData.kind === 'native') {
    const isPlanar = numberOf(attributes, Tag.PlanarConfiguration) === 1;
    return { Rows, Columns, rgb: bySample(nativeBytes(pixelData.bytes, pixel), isPlanar) };
  }
  const { cells, planar = false } = await unpacked(pixelData, pixel, transferSyntaxUID);
  return { Rows, Columns, rgb: bySample(Uint8Array.from(cells), planar) };
}

function nativeBytes(bytes: Uint8Array, { Rows, Columns }: ImagePixel): Uint8Array {
  const samples = 3 * Rows * Columns;
  if (bytes.length < samples) {
    throw new ColouriseError('TRUNCATED', `pixel data: ${bytes.length} of ${samples} bytes`);
  }
  return bytes.subarray(0, samples);
}

async function unpacked(
  { fragments }: Extract<PixelData, { kind: 'encapsulated' }>,
  pixel: ImagePixel,
  transferSyntaxUID: string,
): Promise<DecodedSamples> {
  const codestream = singleFrame(fragments);
  switch (transferSyntaxOf(transferSyntaxUID)?.codec) {
    case 'rle':
      return decodeRle(codestream, pixel);
    case 'jpeg-ls':
      return decodeJpegLs(codestream, pixel);
    case 'jpeg-2000':
      return decodeJpeg2000(codestream, pixel);
    case 'jpeg':
    case 'native':
    case undefined:
      throw new ColouriseError('UNSUPPORTED_TRANSFER_SYNTAX', `${transferSyntaxUID} for colour`);
  }
}

/** Samples of a pixel side by side. */
function bySample(samples: Uint8Array, isPlanar: boolean): Uint8Array {
  if (!isPlanar) return samples;
  const pixels = samples.length / 3;
  return Uint8Array.from({ length: samples.length }, (_, at) => {
    return samples[(at % 3) * pixels + Math.floor(at / 3)] ?? 0;
  });
}
