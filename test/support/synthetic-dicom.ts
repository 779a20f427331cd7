/** One element to be written; text is written as Latin-1, numbers as US, bytes as they are. */
export interface SyntheticElement {
  readonly tag: string;
  readonly vr: string;
  readonly value: string | readonly number[] | Uint8Array | readonly SyntheticElement[][];
}

export interface SyntheticOptions {
  readonly transferSyntaxUID?: string;
  /** Replaces elements of the default radiograph by tag; undefined takes one out. */
  readonly elements?: Readonly<Record<string, SyntheticElement | undefined>>;
  /** Native pixel data bytes, or the fragments of encapsulated ones. */
  readonly pixelData?: Uint8Array | readonly Uint8Array[];
}

const explicitLittleEndian = '1.2.840.10008.1.2.1';
const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT']);

export const us = (tag: string, ...values: number[]): SyntheticElement => ({
  tag,
  vr: 'US',
  value: values,
});
export const ds = (tag: string, value: string): SyntheticElement => ({ tag, vr: 'DS', value });
export const cs = (tag: string, value: string): SyntheticElement => ({ tag, vr: 'CS', value });

/** A ramp of 8 rows and 16 columns, 0 to 4064 in steps of 32. */
export const rampValues = Uint16Array.from({ length: 128 }, (_, index) => index * 32);

const radiograph: readonly SyntheticElement[] = [
  { tag: '00080016', vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.1' },
  { tag: '00080018', vr: 'UI', value: '2.25.1001' },
  cs('00080060', 'CR'),
  { tag: '00100010', vr: 'PN', value: 'Phantom^Ramp' },
  { tag: '00100020', vr: 'LO', value: 'PH-1' },
  { tag: '0020000D', vr: 'UI', value: '2.25.1002' },
  { tag: '0020000E', vr: 'UI', value: '2.25.1003' },
  us('00280002', 1),
  cs('00280004', 'MONOCHROME2'),
  us('00280010', 8),
  us('00280011', 16),
  us('00280100', 16),
  us('00280101', 12),
  us('00280102', 11),
  us('00280103', 0),
  ds('00281050', '2048'),
  ds('00281051', '4096'),
];

/** A Part 10 file of a small radiograph. Made byte by byte, so that it can be wrong in any way a test needs. */
export function syntheticDicom(options: SyntheticOptions = {}): Uint8Array {
  const uid = options.transferSyntaxUID ?? explicitLittleEndian;
  const replaced = options.elements ?? {};
  const kept = radiograph.filter((element) => !(element.tag in replaced));
  const added = Object.values(replaced).filter((element) => element !== undefined);
  const elements = [...kept, ...added].sort((one, other) => (one.tag < other.tag ? -1 : 1));
  const syntax = { explicit: uid !== '1.2.840.10008.1.2', bigEndian: uid.endsWith('.1.2.2') };
  const pixels = options.pixelData ?? new Uint8Array(rampValues.buffer.slice(0));
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    written({ tag: '00020010', vr: 'UI', value: uid }, { explicit: true, bigEndian: false }),
    ...elements.map((element) => written(element, syntax)),
    pixels instanceof Uint8Array
      ? written({ tag: '7FE00010', vr: 'OW', value: pixels }, syntax)
      : encapsulated(pixels),
  ]);
}

/** The same file with the length of its meta information, which strict readers insist on. @see DICOM PS3.10 7.1 */
export function withMetaLength(part10: Uint8Array): Uint8Array {
  const length = Buffer.alloc(12);
  length.write('\x02\0\0\0UL\x04\0', 'latin1');
  const uidLength = Buffer.from(part10.subarray(138, 140)).readUInt16LE();
  length.writeUInt32LE(8 + uidLength, 8);
  return Buffer.concat([part10.subarray(0, 132), length, part10.subarray(132)]);
}

interface Syntax {
  readonly explicit: boolean;
  readonly bigEndian: boolean;
}

function written(element: SyntheticElement, syntax: Syntax): Buffer {
  const value = valueBytes(element, syntax);
  return Buffer.concat([header(element.tag, element.vr, value.length, syntax), value]);
}

function header(tag: string, vr: string, length: number, syntax: Syntax): Buffer {
  const isLong = longVrs.has(vr);
  const bytes = Buffer.alloc(syntax.explicit && isLong ? 12 : 8);
  const write16 = (value: number, at: number) =>
    syntax.bigEndian ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at);
  const write32 = (value: number, at: number) =>
    syntax.bigEndian ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at);
  write16(Number.parseInt(tag.slice(0, 4), 16), 0);
  write16(Number.parseInt(tag.slice(4), 16), 2);
  if (!syntax.explicit) {
    write32(length, 4);
    return bytes;
  }
  bytes.write(vr, 4, 'latin1');
  if (isLong) write32(length, 8);
  else write16(length, 6);
  return bytes;
}

function valueBytes(element: SyntheticElement, syntax: Syntax): Buffer {
  const { value, vr } = element;
  if (typeof value === 'string') {
    const padding = vr === 'UI' ? '\0' : ' ';
    return Buffer.from(value.length % 2 === 0 ? value : value + padding, 'latin1');
  }
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (vr === 'SQ') {
    const items = value as readonly SyntheticElement[][];
    return Buffer.concat(
      items.map((item) => {
        const body = Buffer.concat(item.map((inner) => written(inner, syntax)));
        return Buffer.concat([itemHeader('E000', body.length, syntax.bigEndian), body]);
      }),
    );
  }
  const bytes = Buffer.alloc(2 * value.length);
  (value as readonly number[]).forEach((number, index) =>
    syntax.bigEndian
      ? bytes.writeUInt16BE(number & 0xffff, 2 * index)
      : bytes.writeUInt16LE(number & 0xffff, 2 * index),
  );
  return bytes;
}

function itemHeader(element: string, length: number, bigEndian = false): Buffer {
  return header(`FFFE${element}`, '', length, { explicit: false, bigEndian });
}

/** An empty offset table, the fragments, the delimiter. */
function encapsulated(fragments: readonly Uint8Array[]): Buffer {
  return Buffer.concat([
    header('7FE00010', 'OB', 0xffffffff, { explicit: true, bigEndian: false }),
    itemHeader('E000', 0),
    ...fragments.flatMap((fragment) => [itemHeader('E000', fragment.length), fragment]),
    itemHeader('E0DD', 0),
  ]);
}
