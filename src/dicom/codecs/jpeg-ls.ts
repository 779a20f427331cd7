import { ColouriseError } from '../../domain/errors.js';
import type { ImagePixel } from '../image-pixel.js';
import { cellsOf, requireAgreement, type DecodedSamples } from './decoded-samples.js';
import {
  decodeWith,
  encodeWith,
  LazyCodec,
  type EmscriptenDecoder,
  type EmscriptenEncoder,
  type EmscriptenModule,
} from './emscripten.js';
import { readJpegHeader } from './jpeg-header.js';
import type { RgbFrame } from './rgb-frame.js';

interface JpegLsDecoder extends EmscriptenDecoder {
  /** Largest difference that the encoder allowed; 0 is lossless. */
  getNearLossless(): number;
  /** 0 where each component has a scan of its own. */
  getInterleaveMode(): number;
}

interface JpegLsEncoder extends EmscriptenEncoder {
  setNearLossless(difference: number): void;
  setInterleaveMode(mode: number): void;
}

interface CharlsModule extends EmscriptenModule {
  readonly JpegLSDecoder: new () => JpegLsDecoder;
}

const charls = new LazyCodec<CharlsModule>('JPEG-LS', async () => {
  return (await import('@cornerstonejs/codec-charls/decodewasmjs')).default;
});
interface CharlsEncoderModule extends EmscriptenModule {
  readonly JpegLSEncoder: new () => JpegLsEncoder;
}

/** The decoder's own build is a third of the one that encodes as well. */
const charlsEncoder = new LazyCodec<CharlsEncoderModule>(
  'JPEG-LS',
  async () => (await import('@cornerstonejs/codec-charls/wasmjs')).default,
  { fault: 'COMPRESSION_FAILED' },
);
/** All components in one scan, sample by sample. @see ITU-T T.87 C.2.3 */
const bySample = 2;
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
  const { bytes, near, mode } = await charls.run((module) => {
    const decoder = new module.JpegLSDecoder();
    const decoded = {
      bytes: decodeWith(decoder, terminated),
      near: decoder.getNearLossless(),
      mode: decoder.getInterleaveMode(),
    };
    decoder.delete();
    return decoded;
  });
  return {
    cells: cellsOf(bytes, header.precision <= 8 ? 1 : 2, pixel),
    lossy: near > 0,
    planar: mode === 0,
  };
}

/**
 * JPEG-LS Lossless of a colour frame, its components in one scan.
 * @throws ColouriseError `COMPRESSION_FAILED` for noise, which would grow
 */
export function encodeJpegLs(
  frame: RgbFrame,
  memory: (bytes: number) => Uint8Array,
): Promise<Uint8Array> {
  return charlsEncoder.run((module) => {
    const encoder = new module.JpegLSEncoder();
    encoder.setNearLossless(0);
    encoder.setInterleaveMode(bySample);
    const codestream = encodeWith(encoder, frame, memory);
    encoder.delete();
    return codestream;
  });
}
