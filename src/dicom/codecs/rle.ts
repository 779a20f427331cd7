import { ColouriseError } from '../../domain/errors.js';
import type { ImagePixel } from '../image-pixel.js';
import { cellsOf, type DecodedSamples } from './decoded-samples.js';

const headerBytes = 64;

/**
 * RLE Lossless: one segment a byte plane, the most significant plane first.
 * @throws ColouriseError `CORRUPT_PIXEL_DATA` if the header, or the length of a plane, is wrong;
 *   `UNSUPPORTED_PIXEL_FORMAT` if cells are not whole bytes
 * @see DICOM PS3.5 Annex G
 */
export function decodeRle(codestream: Uint8Array, pixel: ImagePixel): DecodedSamples {
  if (pixel.bitsAllocated % 8 !== 0) {
    throw new ColouriseError('UNSUPPORTED_PIXEL_FORMAT', 'RLE with cells that are no whole bytes');
  }
  const planes = pixel.bitsAllocated === 8 ? 1 : 2;
  const cells = new Uint8Array(pixel.Rows * pixel.Columns * planes);
  const segments = segmentsOf(codestream, planes);
  segments.forEach((segment, plane) => {
    unpackPlane(segment, cells, planes - 1 - plane, planes);
  });
  return { cells: cellsOf(cells, planes, pixel), lossy: false };
}

/** The header: a count, then fifteen offsets from its own start, little endian. */
function segmentsOf(codestream: Uint8Array, planes: number): readonly Uint8Array[] {
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.length);
  if (codestream.length < headerBytes || view.getUint32(0, true) !== planes) {
    throw new ColouriseError('CORRUPT_PIXEL_DATA', `RLE header without ${planes} segments`);
  }
  const offsets = Array.from({ length: planes }, (_, index) => view.getUint32(4 + 4 * index, true));
  return offsets.map((offset, index) => {
    const end = offsets[index + 1] ?? codestream.length;
    if (offset < headerBytes || offset >= end || end > codestream.length) {
      throw new ColouriseError('CORRUPT_PIXEL_DATA', `RLE segment ${index} lies outside the frame`);
    }
    return codestream.subarray(offset, end);
  });
}

/** PackBits: 0..127 copies the next n + 1 bytes, 129..255 repeats the next byte 257 - n times, 128 nothing. */
function unpackPlane(
  segment: Uint8Array,
  cells: Uint8Array,
  firstByte: number,
  stride: number,
): void {
  let from = 0;
  let to = firstByte;
  while (to < cells.length) {
    const control = segment[from++];
    if (control === undefined) break;
    if (control === 128) continue;
    const isRun = control > 128;
    const length = isRun ? 257 - control : control + 1;
    if (from + (isRun ? 1 : length) > segment.length) break;
    const end = Math.min(to + length * stride, cells.length);
    for (; to < end; to += stride) cells[to] = segment[isRun ? from : from++] ?? 0;
    if (isRun) from++;
  }
  if (to < cells.length) {
    throw new ColouriseError('CORRUPT_PIXEL_DATA', 'an RLE segment ends before its last pixel');
  }
}
