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
import { readJpeg2000Header } from './jpeg-2000-header.js';
import type { RgbFrame } from './rgb-frame.js';

interface J2kEncoder extends EmscriptenEncoder {
  setQuality(lossless: boolean, quality: number): void;
  setDecompositions(levels: number): void;
}

interface OpenJpegEncoderModule extends EmscriptenModule {
  readonly J2KEncoder: new () => J2kEncoder;
}

/** The decoder's own build is a third of the one that encodes as well. */
const openJpegEncoder = new LazyCodec<OpenJpegEncoderModule>(
  'JPEG 2000',
  async () => (await import('@cornerstonejs/codec-openjpeg/wasmjs')).default,
  { fault: 'COMPRESSION_FAILED', keptBytes: 768 * 1024 * 1024 },
);
/** Encoding takes 41 bytes a pixel, and WebAssembly memory ends at 2 GiB. */
const mostEncodedPixels = 24_000_000;

interface OpenJpegModule extends EmscriptenModule {
  readonly J2KDecoder: new () => EmscriptenDecoder;
}

const openJpeg = new LazyCodec<OpenJpegModule>('JPEG 2000', async () => {
  return (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default;
});

/**
 * JPEG 2000, reversible and irreversible, by OpenJPEG (WebAssembly). A reversible codestream counts as
 * lossless, although its writer may have left layers out: only LossyImageCompression can tell.
 * The format has no checksum: damage inside a code block shows in the picture and nowhere else.
 * @throws ColouriseError `MALFORMED`, `CORRUPT_PIXEL_DATA`
 * @see ITU-T T.800
 */
export async function decodeJpeg2000(
  codestream: Uint8Array,
  pixel: ImagePixel,
): Promise<DecodedSamples> {
  const header = readJpeg2000Header(codestream);
  requireAgreement(header, pixel);
  const bytes = await openJpeg.run((module) => {
    const decoder = new module.J2KDecoder();
    const decoded = decodeWith(decoder, codestream);
    decoder.delete();
    return decoded;
  });
  return { cells: cellsOf(bytes, header.precision <= 8 ? 1 : 2, pixel), lossy: !header.reversible };
}

/**
 * JPEG 2000 Lossless of a colour frame by the reversible wavelet, after the reversible component transform.
 * @throws ColouriseError `COMPRESSION_FAILED` above 24 megapixels
 */
export async function encodeJpeg2000(
  frame: RgbFrame,
  memory: (bytes: number) => Uint8Array,
): Promise<Uint8Array> {
  const pixels = frame.Rows * frame.Columns;
  if (pixels > mostEncodedPixels) {
    throw new ColouriseError(
      'COMPRESSION_FAILED',
      `JPEG 2000: ${pixels} pixels, at most ${mostEncodedPixels} are encoded`,
    );
  }
  const codestream = await openJpegEncoder.run((module) => {
    const encoder = new module.J2KEncoder();
    encoder.setQuality(true, 0);
    encoder.setDecompositions(levelsOf(frame));
    const encoded = encodeWith(encoder, frame, memory);
    encoder.delete();
    return encoded;
  });
  const { reversible, transformed } = readJpeg2000Header(codestream);
  if (!reversible || !transformed) {
    throw new ColouriseError('INTERNAL', 'the JPEG 2000 encoder did not do what the header says');
  }
  return codestream;
}

/** Five halvings are usual; a small picture cannot be halved as often. */
function levelsOf({ Rows, Columns }: RgbFrame): number {
  return Math.min(5, Math.floor(Math.log2(Math.min(Rows, Columns))));
}
