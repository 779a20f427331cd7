import { ColouriseError } from '../../domain/errors.js';
import type { ImagePixel } from '../image-pixel.js';

/** What a codec gives: cells as they were encoded, row-major, before BitsStored, HighBit and sign count. */
export interface DecodedSamples {
  readonly cells: Uint8Array | Uint16Array | Int16Array;
  readonly lossy: boolean;
  /** Components lie one behind the other, as planes, and not side by side; of several only. */
  readonly planar?: boolean;
}

/** What the header of a codestream claims. */
export interface CodestreamHeader {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  /** Bits of one sample. */
  readonly precision: number;
}

/**
 * Holds a codestream's own header against the data set, before its decoder allocates anything.
 * @throws ColouriseError `MALFORMED` if they contradict each other
 */
export function requireAgreement(codestream: CodestreamHeader, pixel: ImagePixel): void {
  const { rows, columns, components, precision } = codestream;
  const { Rows, Columns, samplesPerPixel } = pixel;
  if (rows !== Rows || columns !== Columns || components !== samplesPerPixel) {
    throw new ColouriseError(
      'MALFORMED',
      `the codestream holds ${rows} x ${columns} x ${components}, the header says ${Rows} x ${Columns} x ${samplesPerPixel}`,
    );
  }
  if (precision < 1 || precision > pixel.bitsAllocated) {
    throw new ColouriseError(
      'MALFORMED',
      `the codestream has ${precision} bits, BitsAllocated is ${pixel.bitsAllocated}`,
    );
  }
}

/**
 * Decoded bytes as cells of one or two bytes, little endian.
 * @throws ColouriseError `CORRUPT_PIXEL_DATA` if they are not exactly one frame
 */
export function cellsOf(
  bytes: Uint8Array,
  bytesPerCell: 1 | 2,
  pixel: ImagePixel,
): Uint8Array | Uint16Array {
  const expected = pixel.Rows * pixel.Columns * pixel.samplesPerPixel * bytesPerCell;
  if (bytes.length !== expected) {
    throw new ColouriseError(
      'CORRUPT_PIXEL_DATA',
      `decoded to ${bytes.length} bytes, expected ${expected}`,
    );
  }
  if (bytesPerCell === 1) return bytes;
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}
