import type { DecodedSamples } from './codecs/decoded-samples.js';
import type { ImagePixel } from './image-pixel.js';

/**
 * Stored values from cells: BitsStored bits up to HighBit, sign extended.
 * Lossy codecs may overshoot the range; such values are clamped, for masking would turn white into black.
 * Gives the input itself where nothing is to be done.
 * @see DICOM PS3.5 8.1.1
 */
export function storedValues(
  decoded: DecodedSamples,
  pixel: ImagePixel,
): Uint8Array | Uint16Array | Int16Array {
  const { cells } = decoded;
  const { bitsStored, signed } = pixel;
  if (decoded.lossy && !signed) return clamped(cells, 2 ** bitsStored - 1);
  const shift = pixel.highBit + 1 - bitsStored;
  const cellBits = cells.BYTES_PER_ELEMENT * 8;
  if (!signed && shift === 0 && bitsStored === cellBits) return cells;
  const bytes = signed ? Int16Array : bitsStored > 8 ? Uint16Array : Uint8Array;
  const values = new bytes(cells.length);
  const toTop = 32 - bitsStored - shift;
  const toBottom = 32 - bitsStored;
  if (signed) {
    for (let index = 0; index < cells.length; index++) {
      values[index] = ((cells[index] ?? 0) << toTop) >> toBottom;
    }
  } else {
    for (let index = 0; index < cells.length; index++) {
      values[index] = ((cells[index] ?? 0) << toTop) >>> toBottom;
    }
  }
  return values;
}

/**
 * The input itself wherever the stored values are its lowest BitsStored bits; what lies above them, sign or rubbish,
 * is for the caller to mask.
 */
export function storedCodes(
  decoded: DecodedSamples,
  pixel: ImagePixel,
): Uint8Array | Uint16Array | Int16Array {
  const atBottom = pixel.highBit + 1 === pixel.bitsStored;
  return atBottom && !decoded.lossy ? decoded.cells : storedValues(decoded, pixel);
}

function clamped(
  cells: Uint8Array | Uint16Array | Int16Array,
  most: number,
): Uint8Array | Uint16Array {
  if (cells instanceof Uint8Array && most >= 255) return cells;
  const values = most > 255 ? new Uint16Array(cells.length) : new Uint8Array(cells.length);
  for (let index = 0; index < cells.length; index++) {
    const value = cells[index] ?? 0;
    values[index] = value < 0 ? 0 : value > most ? most : value;
  }
  return values;
}
