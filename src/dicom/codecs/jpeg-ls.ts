import { ColouriseError } from '../../domain/errors.js';
import type { ImagePixel } from '../image-pixel.js';
import { cellsOf, requireAgreement, type DecodedSamples } from './decoded-samples.js';
import {
  decodeWith,
  LazyCodec,
  type EmscriptenDecoder,
  type EmscriptenModule,
} from './emscripten.js';
import { readJpegHeader } from './jpeg-header.js';

interface JpegLsDecoder extends EmscriptenDecoder {
  /** Largest difference that the encoder allowed; 0 is lossless. */
  getNearLossless(): number;
}

interface CharlsModule extends EmscriptenModule {
  readonly JpegLSDecoder: new () => JpegLsDecoder;
}

const charls = new LazyCodec<CharlsModule>('JPEG-LS', async () => {
  return (await import('@cornerstonejs/codec-charls/decodewasmjs')).default;
});
const startOfFrame55 = 0xf7;
/**
 * Behind every codestream: where one ends without a marker, the decoder would look for it
 * in all of its memory, which takes half a minute.
 */
const endOfImage = Uint8Array.of(0xff, 0xd9);

/**
 * JPEG-LS, lossless and near-lossless, by CharLS (WebAssembly).
 * @throws ColouriseError `MALFORMED`, `CORRUPT_PIXEL_DATA`
 * @see ITU-T T.87
 */
export async function decodeJpegLs(
  codestream: Uint8Array,
  pixel: ImagePixel,
): Promise<DecodedSamples> {
  const header = readJpegHeader(codestream);
  if (header.process !== startOfFrame55) {
    throw new ColouriseError('CORRUPT_PIXEL_DATA', 'the codestream is no JPEG-LS');
  }
  requireAgreement(header, pixel);
  const terminated = Buffer.concat([codestream, endOfImage]);
  const { bytes, near } = await charls.run((module) => {
    const decoder = new module.JpegLSDecoder();
    const decoded = { bytes: decodeWith(decoder, terminated), near: decoder.getNearLossless() };
    decoder.delete();
    return decoded;
  });
  return { cells: cellsOf(bytes, header.precision <= 8 ? 1 : 2, pixel), lossy: near > 0 };
}
