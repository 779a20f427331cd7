import { ColouriseError } from '../../domain/errors.js';
import type { ImagePixel } from '../image-pixel.js';
import { cellsOf, type DecodedSamples } from './decoded-samples.js';
import type { RgbFrame } from './rgb-frame.js';

const headerBytes = 64;

/**
 * RLE Lossless: one segment a byte plane, sample by sample, the most significant byte of each first.
 * @throws ColouriseError `CORRUPT_PIXEL_DATA` if the header, or the length of a plane, is wrong;
 *   `UNSUPPORTED_PIXEL_FORMAT` if cells are not whole bytes
 * @see DICOM PS3.5 Annex G
 */
export function decodeRle(codestream: Uint8Array, pixel: ImagePixel): DecodedSamples {
  if (pixel.bitsAllocated % 8 !== 0) {
    throw new ColouriseError('UNSUPPORTED_PIXEL_FORMAT', 'RLE with cells that are no whole bytes');
  }
  const bytes = pixel.bitsAllocated === 8 ? 1 : 2;
  const planes = pixel.samplesPerPixel * bytes;
  const cells = new Uint8Array(pixel.Rows * pixel.Columns * planes);
  const segments = segmentsOf(codestream, planes);
  segments.forEach((segment, plane) => {
    const significance = bytes - 1 - (plane % bytes);
    unpackPlane(segment, cells, plane - (plane % bytes) + significance, planes);
  });
  return { cells: cellsOf(cells, bytes, pixel), lossy: false };
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

const longestRun = 128;

/** The longest that the codestream of a frame can be: a byte more for each 128 of a row, and one to make a plane even. */
export function mostRleBytes({ Rows, Columns }: Pick<RgbFrame, 'Rows' | 'Columns'>): number {
  return headerBytes + 3 * (Rows * (Columns + Math.ceil(Columns / longestRun)) + 1);
}

/**
 * A colour frame as three planes: red, green, blue. No run goes over the end of a row.
 * @see DICOM PS3.5 G.3, G.5
 */
export function encodeRle(
  { rgb, Rows, Columns }: RgbFrame,
  memory: (bytes: number) => Uint8Array,
): Uint8Array {
  const packed = memory(mostRleBytes({ Rows, Columns })).fill(0, 0, headerBytes);
  const header = new DataView(packed.buffer, packed.byteOffset, headerBytes);
  header.setUint32(0, 3, true);
  let end = headerBytes;
  for (let plane = 0; plane < 3; plane++) {
    header.setUint32(4 + 4 * plane, end, true);
    for (let row = 0; row < Rows; row++) {
      end = packRow(rgb, 3 * row * Columns + plane, 3 * (row + 1) * Columns, packed, end);
    }
    if (end % 2 === 1) packed[end++] = 0;
  }
  return packed.subarray(0, end);
}

/** Every third byte of a row, from `from` on. Two equal bytes between others are copied with them. */
function packRow(
  rgb: Uint8Array,
  from: number,
  rowEnd: number,
  packed: Uint8Array,
  start: number,
): number {
  let to = start;
  for (let at = from; at < rowEnd;) {
    const last = Math.min(rowEnd, at + 3 * longestRun);
    const value = rgb[at] ?? 0;
    let next = at + 3;
    while (next < last && rgb[next] === value) next += 3;
    const length = (next - at) / 3;
    if (length > 1) {
      packed[to++] = 257 - length;
      packed[to++] = value;
    } else {
      while (next < last && !startsRun(rgb, next, rowEnd)) next += 3;
      packed[to++] = (next - at) / 3 - 1;
      for (let copied = at; copied < next; copied += 3) packed[to++] = rgb[copied] ?? 0;
    }
    at = next;
  }
  return to;
}

/** Three equal bytes, or two at the end of a row. */
function startsRun(rgb: Uint8Array, at: number, rowEnd: number): boolean {
  if (rgb[at] !== rgb[at + 3] || at + 3 >= rowEnd) return false;
  return at + 6 >= rowEnd || rgb[at] === rgb[at + 6];
}
