import { ColouriseError } from '../domain/errors.js';

/** The value of (7FE0,0010) as it stands in the file; views, never copies. */
export type PixelData =
  | {
      readonly kind: 'native';
      readonly bytes: Uint8Array;
      readonly bigEndian: boolean;
      /** OB is a string of bytes, OW a string of 16-bit words: it matters in big endian only. */
      readonly vr: string;
    }
  | { readonly kind: 'encapsulated'; readonly fragments: readonly Uint8Array[] };

const item = 0xfffee000;
const sequenceDelimitation = 0xfffee0dd;
const undefinedLength = 0xffffffff;

/**
 * Pixel data at `offset`, the first byte of its value.
 * A last fragment without sequence delimitation item is taken as it is: the codestream says whether it is whole.
 * @throws ColouriseError `TRUNCATED` if the value ends after the file; `MALFORMED` for other items than fragments
 * @see DICOM PS3.5 A.4
 */
export function pixelDataAt(
  bytes: Uint8Array,
  offset: number,
  element: { readonly length: number; readonly vr: string; readonly bigEndian: boolean },
): PixelData {
  if (element.length === undefinedLength) {
    return { kind: 'encapsulated', fragments: fragmentsAt(bytes, offset) };
  }
  if (offset + element.length > bytes.length) {
    throw new ColouriseError(
      'TRUNCATED',
      `pixel data: ${bytes.length - offset} of ${element.length} bytes`,
    );
  }
  return {
    kind: 'native',
    bytes: bytes.subarray(offset, offset + element.length),
    bigEndian: element.bigEndian,
    vr: element.vr,
  };
}

function fragmentsAt(bytes: Uint8Array, start: number): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const items: Uint8Array[] = [];
  let offset = start;
  while (offset + 8 <= bytes.length) {
    const tag = view.getUint16(offset, true) * 0x10000 + view.getUint16(offset + 2, true);
    const length = view.getUint32(offset + 4, true);
    if (tag === sequenceDelimitation) break;
    if (tag !== item) throw new ColouriseError('MALFORMED', 'pixel data holds no fragments');
    offset += 8;
    if (offset + length > bytes.length) {
      throw new ColouriseError(
        'TRUNCATED',
        `fragment ${items.length}: ${bytes.length - offset} of ${length} bytes`,
      );
    }
    items.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  // The first item is the Basic Offset Table, which one frame does not need.
  return items.slice(1);
}

/** The codestream of an object with one frame, however it was cut. A view where one fragment holds it. */
export function singleFrame(fragments: readonly Uint8Array[]): Uint8Array {
  const filled = fragments.filter((fragment) => fragment.length > 0);
  const [first] = filled;
  if (!first) throw new ColouriseError('NO_PIXEL_DATA', 'pixel data holds no fragment');
  return filled.length === 1 ? first : Buffer.concat(filled);
}
