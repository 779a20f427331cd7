import dcmjs from 'dcmjs';
import {
  numberOf,
  textOf,
  type DicomAttribute,
  type DicomDataset,
  type DicomValue,
  type PersonName,
} from '../domain/dicom-json.js';
import { ColouriseError } from '../domain/errors.js';
import type { Compression } from '../domain/job.js';
import { Tag } from '../domain/tags.js';
import { type ByteSource, joined } from '../ports/byte-source.js';
import type { EncodedInstance } from '../ports/pacs.js';
import { packedSyntaxes } from './transfer-syntax.js';

const ExplicitVRLittleEndian = '1.2.840.10008.1.2.1';

/** Ours, a UUID-derived UID that was drawn once. @see DICOM PS3.7 D.3.3.2 */
const ImplementationClassUID = '2.25.141145766690002872623278132798529465284';
const ImplementationVersionName = 'ORTHCOLOUR_1';

interface WrittenElement {
  readonly vr: string;
  readonly Value: readonly unknown[];
}

/**
 * A Part 10 file in parts: preamble, meta information, data set and the head of the pixel element;
 * then the pixels themselves, not copied; then a pad byte where their number is odd.
 * Explicit VR Little Endian; text as UTF-8, so the data set must say ISO_IR 192.
 * `rgb` is row-major Rows × Columns × 3, or comes so.
 * @throws ColouriseError `INTERNAL` when the pixels do not fit the header, `MISSING_UID`
 * @see DICOM PS3.10 7; PS3.5 A.2
 */
export function encodePart10(
  attributes: DicomDataset,
  rgb: Uint8Array | ByteSource,
): EncodedInstance {
  const samples =
    (numberOf(attributes, Tag.Rows) ?? 0) * (numberOf(attributes, Tag.Columns) ?? 0) * 3;
  const { byteLength } = rgb;
  if (byteLength !== samples || samples === 0) {
    throw new ColouriseError('INTERNAL', `${byteLength} bytes of pixels, header says ${samples}`);
  }
  const pad = new Uint8Array(byteLength % 2);
  const pixelHead = pixelElementHead(byteLength + pad.length);
  return part10Of(attributes, ExplicitVRLittleEndian, pixelHead, [rgb, pad]);
}

/**
 * The same of pixels that are packed already: an offset table for one frame, the codestream in one fragment.
 * @throws ColouriseError `MISSING_UID`
 * @see DICOM PS3.5 A.4
 */
export function encapsulatePart10(
  attributes: DicomDataset,
  compression: Compression,
  codestream: Uint8Array,
): EncodedInstance {
  const pad = new Uint8Array(codestream.length % 2);
  const pixelHead = Buffer.concat([
    pixelElementHead(undefinedLength),
    itemHead(itemTag, 4),
    // The only frame begins with the first fragment.
    Buffer.alloc(4),
    itemHead(itemTag, codestream.length + pad.length),
  ]);
  return part10Of(attributes, packedSyntaxes[compression].transferSyntaxUID, pixelHead, [
    codestream,
    pad,
    itemHead(sequenceDelimitationTag, 0),
  ]);
}

function part10Of(
  attributes: DicomDataset,
  transferSyntaxUID: string,
  pixelHead: Buffer,
  rest: readonly (Uint8Array | ByteSource)[],
): EncodedInstance {
  const uids = {
    StudyInstanceUID: uid(attributes, 'StudyInstanceUID'),
    SeriesInstanceUID: uid(attributes, 'SeriesInstanceUID'),
    SOPInstanceUID: uid(attributes, 'SOPInstanceUID'),
    SOPClassUID: uid(attributes, 'SOPClassUID'),
  };
  const file = new dcmjs.data.DicomDict(
    metaInformation(uids.SOPClassUID, uids.SOPInstanceUID, transferSyntaxUID),
  );
  file.dict = written(attributes);
  // Values were brought into form already, counted in code points; dcmjs counts UTF-16 units.
  const header = new Uint8Array(file.write({ allowInvalidVRLength: true }));
  const head = Buffer.concat([header, pixelHead]);
  return { ...uids, ...joined([head, ...rest.filter(({ byteLength }) => byteLength > 0)]) };
}

function uid(attributes: DicomDataset, keyword: keyof typeof Tag): string {
  const value = textOf(attributes, Tag[keyword]);
  if (value === undefined) throw new ColouriseError('MISSING_UID', `no ${keyword}`);
  return value;
}

/** @see DICOM PS3.10 Table 7.1-1 */
function metaInformation(
  SOPClassUID: string,
  SOPInstanceUID: string,
  transferSyntaxUID: string,
): Record<string, WrittenElement> {
  return {
    '00020001': { vr: 'OB', Value: [Uint8Array.of(0, 1).buffer] },
    '00020002': { vr: 'UI', Value: [SOPClassUID] },
    '00020003': { vr: 'UI', Value: [SOPInstanceUID] },
    [Tag.TransferSyntaxUID]: { vr: 'UI', Value: [transferSyntaxUID] },
    '00020012': { vr: 'UI', Value: [ImplementationClassUID] },
    '00020013': { vr: 'SH', Value: [ImplementationVersionName] },
  };
}

/** (7FE0,0010) OB with a 32-bit length. @see DICOM PS3.5 7.1.2 */
function pixelElementHead(length: number): Buffer {
  const head = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(length, 8);
  return head;
}

const undefinedLength = 0xffffffff;
const itemTag = 0xe000fffe;
const sequenceDelimitationTag = 0xe0ddfffe;

/** Tag and length of an item; group and element of the tag as they stand in little endian. @see DICOM PS3.5 7.5 */
function itemHead(tag: number, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(tag, 0);
  head.writeUInt32LE(length, 4);
  return head;
}

function written(attributes: DicomDataset): Record<string, WrittenElement> {
  return Object.fromEntries(
    Object.entries(attributes).map(([tag, attribute]) => [tag, writtenElement(attribute)]),
  );
}

/** dcmjs writes `undefined` as text and wants binary values as buffers of their own. */
function writtenElement({ vr, Value, InlineBinary }: DicomAttribute): WrittenElement {
  if (InlineBinary !== undefined) {
    return { vr, Value: [Uint8Array.from(Buffer.from(InlineBinary, 'base64')).buffer] };
  }
  return { vr, Value: (Value ?? []).map((value) => writtenValue(vr, value)) };
}

function writtenValue(vr: string, value: DicomValue): unknown {
  if (vr === 'SQ') return written(value as DicomDataset);
  if (vr === 'PN' && typeof value === 'object') return nameText(value ?? {});
  return value;
}

/** Groups divided by `=`, without empty ones at the end. @see DICOM PS3.5 6.2.1 */
function nameText({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonName): string {
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '');
}
