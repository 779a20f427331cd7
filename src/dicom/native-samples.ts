import { endianness } from 'node:os';
import { ColouriseError } from '../domain/errors.js';
import type { DecodedSamples } from './codecs/decoded-samples.js';
import { swapped } from './element-values.js';
import type { ImagePixel } from './image-pixel.js';
import type { PixelData } from './pixel-data.js';

/**
 * Uncompressed pixel cells of any BitsAllocated from 1 to 16. Trailing padding is ignored.
 * @throws ColouriseError `MALFORMED` if the value holds fewer bytes than Rows × Columns need
 * @see DICOM PS3.5 8.1.1, 8.2 and Annex D
 */
export function nativeSamples(
  pixelData: Extract<PixelData, { kind: 'native' }>,
  pixel: ImagePixel,
): DecodedSamples {
  const count = pixel.Rows * pixel.Columns;
  const needed = Math.ceil((count * pixel.bitsAllocated) / 8);
  if (pixelData.bytes.length < needed) {
    throw new ColouriseError(
      'MALFORMED',
      `pixel data holds ${pixelData.bytes.length} bytes, Rows and Columns need ${needed}`,
    );
  }
  const bytes = littleEndianBytes(pixelData, pixel.bitsAllocated).subarray(0, needed);
  const cells =
    pixel.bitsAllocated === 8
      ? bytes
      : pixel.bitsAllocated === 16
        ? words(bytes)
        : unpacked(bytes, pixel.bitsAllocated, count);
  return { cells, lossy: false };
}

/** 8-bit cells in OW are swapped in pairs in big endian, those in OB are not. */
function littleEndianBytes(
  pixelData: Extract<PixelData, { kind: 'native' }>,
  bitsAllocated: number,
): Uint8Array {
  const isSwapped = pixelData.bigEndian && (bitsAllocated === 16 || pixelData.vr === 'OW');
  return isSwapped ? swapped(pixelData.bytes, 2) : pixelData.bytes;
}

/** A view where alignment allows it, else a copy. */
function words(bytes: Uint8Array): Uint16Array {
  if (endianness() === 'BE') bytes = swapped(bytes, 2);
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

/** Cells that are no whole bytes follow each other without gaps, least significant bit first. */
function unpacked(bytes: Uint8Array, bitsPerCell: number, count: number): Uint16Array {
  const cells = new Uint16Array(count);
  const mask = (1 << bitsPerCell) - 1;
  for (let index = 0; index < count; index++) {
    const bit = index * bitsPerCell;
    const byte = bit >>> 3;
    const window =
      (bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16);
    cells[index] = (window >>> (bit & 7)) & mask;
  }
  return cells;
}
