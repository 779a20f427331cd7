import { numberOf, textOf, type DicomDataset } from '../domain/dicom-json.js';
import { ColouriseError } from '../domain/errors.js';
import type { Compression } from '../domain/job.js';
import { Tag } from '../domain/tags.js';
import { type ByteSource, joined } from '../ports/byte-source.js';
import type { EncodedInstance } from '../ports/pacs.js';
import { packedSyntaxes } from './transfer-syntax.js';
import {
  elementHead,
  itemHead,
  itemTag,
  sequenceDelimitationTag,
  undefinedLength,
  writeElements,
} from './write-elements.js';

const ExplicitVRLittleEndian = '1.2.840.10008.1.2.1';

/** Ours, a UUID-derived UID that was drawn once. @see DICOM PS3.7 D.3.3.2 */
const ImplementationClassUID = '2.25.141145766690002872623278132798529465284';
const ImplementationVersionName = 'ORTHCOLOUR_1';

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
  const pixelHead = elementHead(Tag.PixelData, 'OB', byteLength + pad.length);
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
    elementHead(Tag.PixelData, 'OB', undefinedLength),
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
  const head = Buffer.concat([
    Buffer.alloc(preambleBytes),
    Buffer.from('DICM'),
    metaInformation(uids.SOPClassUID, uids.SOPInstanceUID, transferSyntaxUID),
    writeElements(attributes),
    pixelHead,
  ]);
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
): Buffer {
  const elements = writeElements({
    '00020001': { vr: 'OB', InlineBinary: Buffer.of(0, 1).toString('base64') },
    '00020002': { vr: 'UI', Value: [SOPClassUID] },
    '00020003': { vr: 'UI', Value: [SOPInstanceUID] },
    [Tag.TransferSyntaxUID]: { vr: 'UI', Value: [transferSyntaxUID] },
    '00020012': { vr: 'UI', Value: [ImplementationClassUID] },
    '00020013': { vr: 'SH', Value: [ImplementationVersionName] },
  });
  const length = writeElements({ '00020000': { vr: 'UL', Value: [elements.length] } });
  return Buffer.concat([length, elements]);
}

const preambleBytes = 128;
