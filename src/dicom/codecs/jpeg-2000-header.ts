import { ColouriseError } from '../../domain/errors.js';
import type { CodestreamHeader } from './decoded-samples.js';

export interface Jpeg2000Header extends CodestreamHeader {
  readonly signed: boolean;
  /** True for the 5-3 wavelet, the only lossless one. */
  readonly reversible: boolean;
  /** The first three components went through the component transform that belongs to the wavelet. */
  readonly transformed: boolean;
}

const markers = { soc: 0xff4f, siz: 0xff51, cod: 0xff52, sot: 0xff90 };
/** Far above what writers use, far below what exhausts memory. */
const maxTiles = 4096;
const maxPrecincts = 1 << 18;
/** JP2 boxes may stand in front of the codestream, though DICOM forbids it. */
const maxJp2Bytes = 4096;

/**
 * The main header of a JPEG 2000 codestream.
 * @throws ColouriseError `CORRUPT_PIXEL_DATA` if it is damaged, or if it divides the picture into so many
 *   tiles or precincts that decoding would take memory out of proportion
 * @see ITU-T T.800 Annex A
 */
export function readJpeg2000Header(codestream: Uint8Array): Jpeg2000Header {
  try {
    const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.length);
    return readMainHeader(view, startOfCodestream(view));
  } catch (cause) {
    if (cause instanceof ColouriseError) throw cause;
    throw corrupt('ends in its main header', cause);
  }
}

function startOfCodestream(view: DataView): number {
  const last = Math.min(view.byteLength - 4, maxJp2Bytes);
  for (let offset = 0; offset <= last; offset++) {
    const isStart =
      view.getUint16(offset) === markers.soc && view.getUint16(offset + 2) === markers.siz;
    if (isStart) return offset;
  }
  throw corrupt('has no start');
}

function readMainHeader(view: DataView, start: number): Jpeg2000Header {
  const siz = start + 6;
  const [right, bottom, left, top] = [2, 6, 10, 14].map((at) => view.getUint32(siz + at));
  const [tileColumns, tileRows] = [18, 22].map((at) => view.getUint32(siz + at));
  const columns = (right ?? 0) - (left ?? 0);
  const rows = (bottom ?? 0) - (top ?? 0);
  const depth = view.getUint8(siz + 36);
  const tiles =
    Math.ceil((right ?? 0) / (tileColumns || 1)) * Math.ceil((bottom ?? 0) / (tileRows || 1));
  if (tiles > maxTiles) throw corrupt(`has ${tiles} tiles`);
  if (view.getUint8(siz + 37) !== 1 || view.getUint8(siz + 38) !== 1) {
    throw corrupt('is subsampled');
  }
  const cod = segment(view, start + 2, markers.cod);
  requireFewPrecincts(view, cod, rows, columns);
  return {
    rows,
    columns,
    components: view.getUint16(siz + 34),
    precision: (depth & 0x7f) + 1,
    signed: depth >= 0x80,
    reversible: view.getUint8(cod + 11) === 1,
    transformed: view.getUint8(cod + 6) === 1,
  };
}

/** Offset behind the marker of the first such segment of the main header. */
function segment(view: DataView, first: number, wanted: number): number {
  for (let offset = first; ; offset += 2 + view.getUint16(offset + 2)) {
    const marker = view.getUint16(offset);
    if (marker === wanted) return offset + 2;
    if (marker === markers.sot || marker < 0xff30) throw corrupt('has a damaged main header');
  }
}

/** Precincts are counted as if one tile held the picture; sizes are powers of two. @see T.800 B.6 */
function requireFewPrecincts(view: DataView, cod: number, rows: number, columns: number): void {
  const levels = view.getUint8(cod + 7);
  if (levels > 32) throw corrupt(`has ${levels} decomposition levels`);
  if ((view.getUint8(cod + 2) & 1) === 0) return;
  let precincts = 0;
  for (let resolution = 0; resolution <= levels; resolution++) {
    const size = view.getUint8(cod + 12 + resolution);
    const scale = 2 ** (levels - resolution);
    precincts +=
      Math.ceil(columns / scale / 2 ** (size & 15)) * Math.ceil(rows / scale / 2 ** (size >> 4));
  }
  if (precincts > maxPrecincts) throw corrupt(`has ${precincts} precincts`);
}

function corrupt(what: string, cause?: unknown): ColouriseError {
  return new ColouriseError('CORRUPT_PIXEL_DATA', `the JPEG 2000 codestream ${what}`, { cause });
}
