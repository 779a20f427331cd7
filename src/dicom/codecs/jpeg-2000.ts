import type { ImagePixel } from '../image-pixel.js';
import { cellsOf, requireAgreement, type DecodedSamples } from './decoded-samples.js';
import {
  decodeWith,
  LazyCodec,
  type EmscriptenDecoder,
  type EmscriptenModule,
} from './emscripten.js';
import { readJpeg2000Header } from './jpeg-2000-header.js';

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
