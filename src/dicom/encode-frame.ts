import type { Compression } from '../domain/job.js';
import { encodeJpeg2000 } from './codecs/jpeg-2000.js';
import { encodeJpegLs } from './codecs/jpeg-ls.js';
import type { RgbFrame } from './codecs/rgb-frame.js';
import { encodeRle, mostRleBytes } from './codecs/rle.js';

/**
 * The codestream of a colour frame, without loss, as `packedSyntaxes` names it.
 * Call it in a worker thread: codecs block.
 * @param memory gives the place of the codestream, of at least so many bytes
 * @throws ColouriseError `COMPRESSION_FAILED`
 * @see DICOM PS3.5 8.2.2 to 8.2.4
 */
export async function encodeFrame(
  frame: RgbFrame,
  compression: Compression,
  memory: (bytes: number) => Uint8Array,
): Promise<Uint8Array> {
  switch (compression) {
    case 'rle':
      return encodeRle(frame, memory);
    case 'jpeg-ls':
      return encodeJpegLs(frame, memory);
    case 'jpeg-2000':
      return encodeJpeg2000(frame, memory);
  }
}

/** Room that lets no codestream of this size grow beyond it, as far as that can be known. */
export function roomFor(
  frame: Pick<RgbFrame, 'Rows' | 'Columns'>,
  compression: Compression,
): number {
  // The others throw before they grow.
  return compression === 'rle' ? mostRleBytes(frame) : 3 * frame.Rows * frame.Columns;
}
