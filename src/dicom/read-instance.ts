import { inflateRawSync } from 'node:zlib';
import dicomParser, { type ByteStream, type DataSet } from 'dicom-parser';
import { textOf, type DicomDataset } from '../domain/dicom-json.js';
import { ColouriseError } from '../domain/errors.js';
import { Tag } from '../domain/tags.js';
import { datasetOf } from './element-values.js';
import { pixelDataAt, type PixelData } from './pixel-data.js';
import { transferSyntaxOf, type TransferSyntax } from './transfer-syntax.js';
import { dictionaryVr } from './dictionary-vr.js';

/** One Part 10 file, read but not decoded. */
export interface SourceInstance {
  /**
   * All elements in front of the pixel data, nested sequences included, text as Unicode.
   * Neither file meta information nor what follows the pixel data (signatures, padding).
   */
  readonly attributes: DicomDataset;
  readonly transferSyntaxUID: string;
  readonly pixelData: PixelData | undefined;
}

/** Deflate can blow 1 byte up to 1032; a radiograph of 64 megapixels still fits. */
const maxInflatedBytes = 128 * 1024 * 1024;
/**
 * Two words a tag, one a short length: some 100,000 elements or items, where radiographs have hundreds.
 * Each costs the parser hundreds of bytes, so a few megabytes of empty items would fill the memory.
 */
const maxTagWords = 300_000;
const explicitLittleEndian: TransferSyntax = {
  explicit: true,
  bigEndian: false,
  deflated: false,
  codec: 'native',
};
const pixelDataTag = `x${Tag.PixelData.toLowerCase()}`;

/**
 * Reads a Part 10 file. Nothing is allocated by what a header claims, only by what the bytes hold.
 * A file that lost its preamble but begins with file meta information is read all the same.
 * @param headBytes only so many are looked at for what stands in front of the pixel data
 * @throws ColouriseError `NOT_DICOM`, `TRUNCATED`, `MALFORMED`, `MISSING_UID`; `TOO_LARGE` if deflated
 *   bytes unfold to more than 128 MiB
 * @see DICOM PS3.10 7.1, PS3.5 7
 */
export function readInstance(bytes: Uint8Array, headBytes = bytes.length): SourceInstance {
  const head = bytes.subarray(0, headBytes);
  const meta = readMetaInformation(head, metaOffset(head));
  const syntax = transferSyntaxOf(meta.transferSyntaxUID) ?? explicitLittleEndian;
  const body = syntax.deflated ? inflate(head.subarray(meta.end)) : bytes;
  const parsed = syntax.deflated ? parse(body, 0, syntax) : parse(head, meta.end, syntax);
  const attributes = translated(() =>
    datasetOf(parsed, { ...syntax, characterSet: 'ISO_IR 6', signedPixels: false }),
  );
  requireUids(attributes);
  const element = parsed.elements[pixelDataTag];
  return {
    attributes,
    transferSyntaxUID: meta.transferSyntaxUID,
    pixelData:
      element &&
      pixelDataAt(body, element.dataOffset, {
        length: element.length,
        vr: element.vr ?? 'OW',
        bigEndian: syntax.bigEndian,
      }),
  };
}

/** Where the file meta information begins. */
function metaOffset(bytes: Uint8Array): number {
  const startsWith = (offset: number, text: string): boolean =>
    Buffer.from(bytes.subarray(offset, offset + text.length)).toString('latin1') === text;
  if (startsWith(128, 'DICM')) return 132;
  if (startsWith(0, '\x02\0\0\0UL') || startsWith(0, '\x02\0\x01\0OB')) return 0;
  throw new ColouriseError('NOT_DICOM', `no DICM prefix in ${bytes.length} bytes`);
}

/** File meta information is always Explicit VR Little Endian. @see DICOM PS3.10 7.1 */
function readMetaInformation(
  bytes: Uint8Array,
  start: number,
): { readonly transferSyntaxUID: string; readonly end: number } {
  const stream = translated(() => streamOver(bytes, start, false));
  let transferSyntaxUID: string | undefined;
  while (stream.position + 2 <= bytes.length && groupAt(bytes, stream.position) === 0x0002) {
    const element = translated(() => dicomParser.readDicomElementExplicit(stream, []));
    if (element.tag !== `x${Tag.TransferSyntaxUID}`) continue;
    const value = bytes.subarray(element.dataOffset, element.dataOffset + element.length);
    transferSyntaxUID = Buffer.from(value)
      .toString('latin1')
      .replace(/[\0 ]+$/, '');
  }
  if (stream.position >= bytes.length) {
    throw new ColouriseError('TRUNCATED', 'the file ends before its data set');
  }
  if (!transferSyntaxUID) throw new ColouriseError('MALFORMED', 'no Transfer Syntax UID');
  return { transferSyntaxUID, end: stream.position };
}

function groupAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) + 256 * (bytes[offset + 1] ?? 0);
}

function inflate(deflated: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(deflated, { maxOutputLength: maxInflatedBytes });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new ColouriseError('TOO_LARGE', 'deflated data unfolds beyond its bound', { cause });
    }
    throw new ColouriseError(
      code === 'Z_BUF_ERROR' ? 'TRUNCATED' : 'MALFORMED',
      'deflated data cannot be inflated',
      { cause },
    );
  }
}

/** All elements up to the pixel data; the value of the pixel data itself is not touched. */
function parse(bytes: Uint8Array, start: number, syntax: TransferSyntax): DataSet {
  return translated(() => {
    const stream = streamOver(bytes, start, syntax.bigEndian);
    const parsed = emptyDataSet(stream);
    if (syntax.explicit) {
      dicomParser.parseDicomDataSetExplicit(parsed, stream, bytes.length, {
        untilTag: pixelDataTag,
      });
    } else {
      dicomParser.parseDicomDataSetImplicit(parsed, stream, bytes.length, {
        untilTag: pixelDataTag,
        vrCallback: implicitVr,
      });
    }
    return parsed;
  });
}

/** The parser's declared callback cannot say 'unknown', its code can: then it looks for items. */
const implicitVr = ((tag: string): string | undefined => {
  const vr = dictionaryVr(tag.slice(1).toUpperCase(), false);
  return vr === 'UN' ? undefined : vr;
}) as (tag: string) => string;

/** The parser fills a data set that its declarations do not let us construct. */
function emptyDataSet(stream: ByteStream): DataSet {
  const { byteArray, byteArrayParser } = stream;
  return { byteArray, byteArrayParser, elements: {}, warnings: [] } as unknown as DataSet;
}

/** The parser's stream, which gives up on data sets made of nothing but tags. */
class BoundedStream extends dicomParser.ByteStream {
  private words = 0;

  constructor(...given: ConstructorParameters<typeof ByteStream>) {
    super(...given);
    const readWord = this.readUint16.bind(this);
    this.readUint16 = () => {
      if (++this.words > maxTagWords) {
        throw new ColouriseError('MALFORMED', 'the data set has more elements than any radiograph');
      }
      return readWord();
    };
  }
}

function streamOver(bytes: Uint8Array, position: number, bigEndian: boolean): ByteStream {
  const byteParser = bigEndian
    ? dicomParser.bigEndianByteArrayParser
    : dicomParser.littleEndianByteArrayParser;
  return new BoundedStream(byteParser, bytes, position);
}

function requireUids(attributes: DicomDataset): void {
  for (const keyword of ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID'] as const) {
    if (textOf(attributes, Tag[keyword]) === undefined) {
      throw new ColouriseError('MISSING_UID', `${keyword} is missing or empty`);
    }
  }
}

/**
 * Runs the parser and gives its complaints a code. It throws plain text and objects; reading past
 * the end is its way to meet a cut file, everything else is an encoding fault.
 */
function translated<T>(act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof ColouriseError) throw thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const isCut = /past (the )?end|buffer overrun|greater than or equal/i.test(message);
    throw new ColouriseError(isCut ? 'TRUNCATED' : 'MALFORMED', message, { cause: thrown });
  }
}
