import type { DicomAttribute, DicomDataset, DicomValue, PersonName } from '../domain/dicom-json.js';

/** VRs whose length takes four bytes. @see DICOM PS3.5 Table 7.1-1 */
const withLongLength = new Set([
  'OB',
  'OD',
  'OF',
  'OL',
  'OV',
  'OW',
  'SQ',
  'SV',
  'UC',
  'UN',
  'UR',
  'UT',
  'UV',
]);
const longestShort = 0xffff;

type WriteNumber = (into: DataView, at: number, value: number) => void;

/** Bytes of one number, and how it stands in them. @see DICOM PS3.5 Table 6.2-1 */
const numbers: Readonly<Record<string, readonly [bytes: number, write: WriteNumber]>> = {
  US: [
    2,
    (into, at, value) => {
      into.setUint16(at, value, true);
    },
  ],
  SS: [
    2,
    (into, at, value) => {
      into.setInt16(at, value, true);
    },
  ],
  UL: [
    4,
    (into, at, value) => {
      into.setUint32(at, value, true);
    },
  ],
  SL: [
    4,
    (into, at, value) => {
      into.setInt32(at, value, true);
    },
  ],
  FL: [
    4,
    (into, at, value) => {
      into.setFloat32(at, value, true);
    },
  ],
  FD: [
    8,
    (into, at, value) => {
      into.setFloat64(at, value, true);
    },
  ],
  UV: [
    8,
    (into, at, value) => {
      into.setBigUint64(at, BigInt(value), true);
    },
  ],
  SV: [
    8,
    (into, at, value) => {
      into.setBigInt64(at, BigInt(value), true);
    },
  ],
};

export const undefinedLength = 0xffffffff;
export const itemTag = 'FFFEE000';
const itemDelimitationTag = 'FFFEE00D';
export const sequenceDelimitationTag = 'FFFEE0DD';

/**
 * A data set in Explicit VR Little Endian, in the order of its tags. Values are written as they are: they have the form
 * of their VR already. Text is UTF-8, so the data set must say ISO_IR 192.
 * @see DICOM PS3.5 7.1.2, 7.5
 */
export function writeElements(dataset: DicomDataset): Buffer {
  const tags = Object.keys(dataset).sort();
  return Buffer.concat(tags.flatMap((tag) => elementOf(tag, dataset[tag] ?? { vr: 'UN' })));
}

/** Tag and length of an item or a delimiter. @see DICOM PS3.5 7.5 */
export function itemHead(tag: string, length: number): Buffer {
  const head = Buffer.alloc(8);
  writeTag(head, tag);
  head.writeUInt32LE(length, 4);
  return head;
}

/** Tag, VR and length of an element. */
export function elementHead(tag: string, vr: string, length: number): Buffer {
  const isLong = withLongLength.has(vr);
  const head = Buffer.alloc(isLong ? 12 : 8);
  writeTag(head, tag);
  head.write(vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(length, 8);
  else head.writeUInt16LE(length, 6);
  return head;
}

function writeTag(head: Buffer, tag: string): void {
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
}

function elementOf(tag: string, attribute: DicomAttribute): readonly Buffer[] {
  const { vr, Value = [], InlineBinary } = attribute;
  if (vr === 'SQ') return sequenceOf(tag, Value);
  const value =
    InlineBinary === undefined ? valueOf(vr, Value) : Buffer.from(InlineBinary, 'base64');
  const pad = Buffer.alloc(value.length % 2, paddingOf(vr));
  const length = value.length + pad.length;
  // What is too long for its VR goes as UN. @see DICOM PS3.5 6.2.2
  const written = length > longestShort && !withLongLength.has(vr) ? 'UN' : vr;
  return [elementHead(tag, written, length), value, pad];
}

function sequenceOf(tag: string, items: readonly DicomValue[]): readonly Buffer[] {
  return [
    elementHead(tag, 'SQ', undefinedLength),
    ...items.flatMap((item) => [
      itemHead(itemTag, undefinedLength),
      writeElements(item as DicomDataset),
      itemHead(itemDelimitationTag, 0),
    ]),
    itemHead(sequenceDelimitationTag, 0),
  ];
}

function valueOf(vr: string, values: readonly DicomValue[]): Buffer {
  const number = numbers[vr];
  if (number) return numbersOf(values, ...number);
  if (vr === 'AT') return Buffer.concat(values.map(tagValue));
  return Buffer.from(values.map(textOf).join('\\'));
}

function numbersOf(values: readonly DicomValue[], bytes: number, write: WriteNumber): Buffer {
  const view = new DataView(new ArrayBuffer(bytes * values.length));
  values.forEach((value, at) => {
    write(view, at * bytes, Number(value));
  });
  return Buffer.from(view.buffer);
}

function tagValue(value: DicomValue): Buffer {
  const tag = Buffer.alloc(4);
  writeTag(tag, typeof value === 'string' ? value : '');
  return tag;
}

function textOf(value: DicomValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? nameText(value) : String(value);
}

/** Groups divided by `=`, without empty ones at the end. @see DICOM PS3.5 6.2.1 */
function nameText({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonName): string {
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '');
}

/** Text is filled up with a space, all else with 0. @see DICOM PS3.5 6.2 */
function paddingOf(vr: string): number {
  return vr === 'UI' || vr === 'UN' || vr.startsWith('O') ? 0 : 0x20;
}
