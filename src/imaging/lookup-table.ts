import { itemsOf, type DicomDataset } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';

/** A Modality or VOI LUT. Values below `first` take the first entry, those above the last one take the last. */
export interface LookupTable {
  /** The input value that the first entry maps. */
  readonly first: number;
  readonly entries: Uint8Array | Uint16Array;
  /** The largest value that the LUT's own word length can express: full white of a VOI LUT. */
  readonly fullScale: number;
}

/** The usable items of a LUT sequence, in order. */
export function lookupTablesOf(
  attributes: DicomDataset,
  sequence: 'ModalityLUTSequence' | 'VOILUTSequence',
): readonly LookupTable[] {
  return itemsOf(attributes, Tag[sequence]).flatMap((item) => lookupTableOf(item) ?? []);
}

export function lookUp(table: LookupTable, value: number): number {
  const index = Math.round(value) - table.first;
  const last = table.entries.length - 1;
  return table.entries[Math.min(Math.max(index, 0), last)] ?? 0;
}

/**
 * Undefined if the descriptor and the data do not fit each other.
 * Zero entries mean 65536. Data of half the expected length are 8-bit entries, packed.
 * @see DICOM PS3.3 C.11.1.1.1, C.11.2.1.1
 */
function lookupTableOf(item: DicomDataset): LookupTable | undefined {
  const descriptor = item[Tag.LUTDescriptor]?.Value?.map(Number) ?? [];
  const [count, first, bits] = descriptor;
  if (count === undefined || first === undefined || bits === undefined) return undefined;
  const expected = (count & 0xffff) === 0 ? 65536 : count & 0xffff;
  const words = wordsOf(item);
  if (words.length === 0) return undefined;
  const isPacked = words.length === Math.ceil(expected / 2) && expected > 1;
  const entries = isPacked ? bytesOf(words).subarray(0, expected) : words.subarray(0, expected);
  if (entries.length < expected) return undefined;
  return { first, entries, fullScale: fullScale(entries, bits) };
}

/** The descriptor's word length, or the shortest one that holds all entries where it says too little. */
function fullScale(entries: Uint8Array | Uint16Array, bits: number): number {
  let largest = 1;
  for (const entry of entries) largest = Math.max(largest, entry);
  const declared = bits >= 1 && bits <= 16 ? 2 ** bits - 1 : 0;
  return Math.max(declared, 2 ** Math.ceil(Math.log2(largest + 1)) - 1);
}

/** LUTData is US, SS or OW. */
function wordsOf(item: DicomDataset): Uint16Array {
  const data = item[Tag.LUTData];
  if (data?.InlineBinary === undefined) return Uint16Array.from(data?.Value?.map(Number) ?? []);
  const binary = atob(data.InlineBinary);
  return Uint16Array.from(
    { length: Math.floor(binary.length / 2) },
    (_, index) => binary.charCodeAt(2 * index) + 256 * binary.charCodeAt(2 * index + 1),
  );
}

/** 8-bit entries in 16-bit words, the low byte first. */
function bytesOf(words: Uint16Array): Uint8Array {
  return Uint8Array.from({ length: 2 * words.length }, (_, index) => {
    const word = words[index >> 1] ?? 0;
    return index % 2 === 0 ? word & 0xff : word >> 8;
  });
}
