import { ColouriseError } from '../../domain/errors.js';
import type { CodestreamHeader } from './decoded-samples.js';

export interface JpegHeader extends CodestreamHeader {
  /** Second byte of the start-of-frame marker: it names the coding process. @see ITU-T T.81 Table B.1 */
  readonly process: number;
}

const soi = 0xffd8;

/**
 * Walks the markers of a JPEG or JPEG-LS codestream up to its frame header.
 * @throws ColouriseError `CORRUPT_PIXEL_DATA` if there is none
 * @see ITU-T T.81 Annex B, ITU-T T.87 Annex C
 */
export function readJpegHeader(codestream: Uint8Array): JpegHeader {
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.length);
  const last = codestream.length - 10;
  let offset = 2;
  if (codestream.length < 12 || view.getUint16(0) !== soi) {
    throw new ColouriseError('CORRUPT_PIXEL_DATA', 'the codestream is no JPEG');
  }
  while (offset <= last && view.getUint8(offset) === 0xff) {
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) {
      offset++; // A fill byte.
      continue;
    }
    if (isFrameHeader(marker)) {
      return {
        process: marker,
        precision: view.getUint8(offset + 4),
        rows: view.getUint16(offset + 5),
        columns: view.getUint16(offset + 7),
        components: view.getUint8(offset + 9),
      };
    }
    if (!isSegment(marker)) break;
    offset += 2 + view.getUint16(offset + 2);
  }
  throw new ColouriseError('CORRUPT_PIXEL_DATA', 'the JPEG codestream has no frame header');
}

/** SOF0 to SOF15 without DHT, JPG and DAC, and SOF55 of JPEG-LS. */
function isFrameHeader(marker: number): boolean {
  if (marker === 0xf7) return true;
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Tables and miscellaneous segments that may stand in front of a frame header. */
function isSegment(marker: number): boolean {
  return (
    [0xc4, 0xcc, 0xdb, 0xdd, 0xf8, 0xfe].includes(marker) || (marker >= 0xe0 && marker <= 0xef)
  );
}
