import type { DataSet, Element } from 'dicom-parser';
import type { DicomAttribute, DicomDataset, DicomValue } from '../domain/dicom-json.js';
import { ColouriseError } from '../domain/errors.js';
import { Tag } from '../domain/tags.js';
import { characterSetOf, decodeText, textValues } from './character-set.js';
import { dictionaryVr, isValueRepresentation } from './dictionary-vr.js';

/** How the elements of a data set are written; items inherit it from the data set around them. */
export interface Encoding {
  readonly bigEndian: boolean;
  readonly explicit: boolean;
  /** From `characterSetOf`. */
  readonly characterSet: string;
  readonly signedPixels: boolean;
}

/** Bytes of one word in the value representations that are strings of words. @see DICOM PS3.5 6.2 */
const wordBytes: Readonly<Record<string, number | undefined>> = {
  OW: 2,
  OL: 4,
  OF: 4,
  OD: 8,
  OV: 8,
};

type NumberReader = (view: DataView, offset: number, littleEndian: boolean) => number;
const numberReaders: Readonly<
  Record<string, { readonly bytes: number; readonly read: NumberReader } | undefined>
> = {
  US: { bytes: 2, read: (view, offset, little) => view.getUint16(offset, little) },
  SS: { bytes: 2, read: (view, offset, little) => view.getInt16(offset, little) },
  UL: { bytes: 4, read: (view, offset, little) => view.getUint32(offset, little) },
  SL: { bytes: 4, read: (view, offset, little) => view.getInt32(offset, little) },
  UV: { bytes: 8, read: (view, offset, little) => Number(view.getBigUint64(offset, little)) },
  SV: { bytes: 8, read: (view, offset, little) => Number(view.getBigInt64(offset, little)) },
  FL: { bytes: 4, read: (view, offset, little) => view.getFloat32(offset, little) },
  FD: { bytes: 8, read: (view, offset, little) => view.getFloat64(offset, little) },
};

/**
 * A parsed data set in the DICOM JSON model, nested sequences included.
 * Group lengths, delimiters and pixel data (also that of icon images) are left out.
 * Decimal and integer strings stay text, so that no digit and no exponent is lost.
 * @throws ColouriseError `MALFORMED`
 * @see DICOM PS3.18 Annex F
 */
export function datasetOf(parsed: DataSet, outer: Encoding): DicomDataset {
  const encoding = encodingOf(parsed, outer);
  const dataset: Record<string, DicomAttribute> = {};
  for (const element of Object.values(parsed.elements)) {
    const tag = element.tag.slice(1).toUpperCase();
    if (tag.startsWith('FFFE') || tag.endsWith('0000') || tag === Tag.PixelData) continue;
    dataset[tag] = attributeOf(tag, parsed, element, encoding);
  }
  return dataset;
}

/** What the data set itself says about how to read it, over what it inherits. */
function encodingOf(parsed: DataSet, outer: Encoding): Encoding {
  const declared = parsed.elements[`x${Tag.SpecificCharacterSet}`];
  const representation = parsed.elements[`x${Tag.PixelRepresentation}`];
  return {
    ...outer,
    ...(declared && {
      characterSet: characterSetOf(
        textValues(decodeText(valueBytes(parsed, declared), 'CS', ''), 'CS'),
      ),
    }),
    ...(representation?.length === 2 && {
      signedPixels: viewOf(valueBytes(parsed, representation)).getUint16(0, !outer.bigEndian) === 1,
    }),
  };
}

function attributeOf(
  tag: string,
  parsed: DataSet,
  element: Element,
  encoding: Encoding,
): DicomAttribute {
  const vr = vrOf(tag, element, encoding);
  if (element.items) {
    const items = element.items.flatMap((item) => (item.dataSet ? [item.dataSet] : []));
    return { vr: 'SQ', Value: items.map((item) => datasetOf(item, encoding)) };
  }
  const bytes = valueBytes(parsed, element);
  if (bytes.length === 0) return { vr };
  const reader = numberReaders[vr];
  if (reader) return { vr, Value: numbersIn(bytes, reader, !encoding.bigEndian) };
  if (vr === 'AT') return { vr, Value: tagsIn(bytes, !encoding.bigEndian) };
  if (wordBytes[vr] !== undefined || vr === 'OB' || vr === 'UN') {
    const ordered = encoding.bigEndian ? swapped(bytes, wordBytes[vr] ?? 1) : bytes;
    return { vr, InlineBinary: bufferOver(ordered).toString('base64') };
  }
  const values = textValues(decodeText(bytes, vr, encoding.characterSet), vr);
  if (values.every((value) => value === '')) return { vr };
  return { vr, Value: values.map((value) => (vr === 'PN' ? personName(value) : value || null)) };
}

/** Unknown elements of explicit encodings get the dictionary's word. @see DICOM PS3.5 6.2.2 */
function vrOf(tag: string, element: Element, encoding: Encoding): string {
  const written = element.vr;
  if (!encoding.explicit || written === undefined || written === 'UN') {
    const vr = dictionaryVr(tag, encoding.signedPixels);
    return vr === 'SQ' && !element.items ? 'UN' : vr;
  }
  if (!isValueRepresentation(written)) {
    throw new ColouriseError('MALFORMED', `element ${tag} has no valid value representation`);
  }
  return written;
}

function valueBytes(parsed: DataSet, element: Element): Uint8Array {
  const end = element.dataOffset + element.length;
  if (end > parsed.byteArray.length) {
    throw new ColouriseError('TRUNCATED', `element ${element.tag.slice(1)} ends after the file`);
  }
  return parsed.byteArray.subarray(element.dataOffset, end);
}

function numbersIn(
  bytes: Uint8Array,
  reader: { readonly bytes: number; readonly read: NumberReader },
  littleEndian: boolean,
): readonly DicomValue[] {
  const view = viewOf(bytes);
  return Array.from({ length: Math.floor(bytes.length / reader.bytes) }, (_, index) => {
    const value = reader.read(view, index * reader.bytes, littleEndian);
    return Number.isFinite(value) ? value : null;
  });
}

function tagsIn(bytes: Uint8Array, littleEndian: boolean): readonly string[] {
  const words = numbersIn(
    bytes,
    { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
    littleEndian,
  );
  const digits = words.map((word) => Number(word).toString(16).toUpperCase().padStart(4, '0'));
  return Array.from(
    { length: Math.floor(digits.length / 2) },
    (_, index) => `${digits[2 * index] ?? ''}${digits[2 * index + 1] ?? ''}`,
  );
}

/** The three component groups of a name. @see DICOM PS3.5 6.2.1 */
function personName(value: string): DicomValue {
  const [Alphabetic, Ideographic, Phonetic] = value.split('=').map((group) => group.trim());
  if (!Alphabetic && !Ideographic && !Phonetic) return null;
  return {
    ...(Alphabetic && { Alphabetic }),
    ...(Ideographic && { Ideographic }),
    ...(Phonetic && { Phonetic }),
  };
}

/** A copy in the other byte order; a last incomplete word stays as it is. */
export function swapped(bytes: Uint8Array, bytesPerWord: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const whole = bufferOver(copy.subarray(0, bytes.length - (bytes.length % bytesPerWord)));
  if (bytesPerWord === 2) whole.swap16();
  if (bytesPerWord === 4) whole.swap32();
  if (bytesPerWord === 8) whole.swap64();
  return copy;
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
