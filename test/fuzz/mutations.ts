/** A repeatable source of numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Mutation = (bytes: Buffer, headerEnd: number, random: () => number) => Buffer;

const upTo = (limit: number, random: () => number): number => Math.floor(random() * limit);
const extremes = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0xfffffffe, 0xffffffff];

function flipBits(from: number, to: number, bytes: Buffer, random: () => number): Buffer {
  if (to <= from) return bytes;
  const flips = 1 + upTo(8, random);
  for (let flip = 0; flip < flips; flip++) {
    const at = from + upTo(to - from, random);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << upTo(8, random));
  }
  return bytes;
}

const mutations: Readonly<Record<string, Mutation>> = {
  headerBits: (bytes, headerEnd, random) => flipBits(128, headerEnd, bytes, random),
  /** The beginning of the pixel data: offset tables, fragment lengths and the headers of codestreams. */
  codestreamHeaderBits: (bytes, headerEnd, random) =>
    flipBits(headerEnd, Math.min(headerEnd + 300, bytes.length), bytes, random),
  bodyBits: (bytes, headerEnd, random) => flipBits(headerEnd, bytes.length, bytes, random),
  truncation: (bytes, _headerEnd, random) => bytes.subarray(0, upTo(bytes.length, random)),
  headerTruncation: (bytes, headerEnd, random) => bytes.subarray(0, upTo(headerEnd, random)),
  swappedLengths: (bytes, headerEnd, random) => {
    const limit = Math.min(headerEnd, bytes.length) - 4;
    if (limit <= 136) return bytes;
    const [one, other] = [132 + upTo(limit - 132, random), 132 + upTo(limit - 132, random)];
    const [first, second] = [bytes.readUInt16LE(one), bytes.readUInt16LE(other)];
    bytes.writeUInt16LE(second, one);
    bytes.writeUInt16LE(first, other);
    return bytes;
  },
  extremeLength: (bytes, headerEnd, random) => {
    const limit = Math.min(headerEnd + 64, bytes.length) - 4;
    if (limit <= 132) return bytes;
    const value = extremes[upTo(extremes.length, random)] ?? 0;
    bytes.writeUInt32LE(value, 132 + upTo(limit - 132, random));
    return bytes;
  },
  repeatedPart: (bytes, headerEnd, random) => {
    const from = 132 + upTo(headerEnd - 132, random);
    const part = bytes.subarray(from, from + upTo(200, random));
    return Buffer.concat([bytes.subarray(0, from), part, bytes.subarray(from)]);
  },
};

const pixelDataTag = Buffer.from([0xe0, 0x7f, 0x10, 0x00]);

/** A copy with one kind of damage, and the name of that kind. */
export function mutated(
  source: Uint8Array,
  random: () => number,
): { readonly bytes: Uint8Array; readonly kind: string } {
  const kinds = Object.keys(mutations);
  const kind = kinds[upTo(kinds.length, random)] ?? 'headerBits';
  const copy = Buffer.from(source);
  const found = copy.lastIndexOf(pixelDataTag, 4096);
  const headerEnd = Math.max(found > 0 ? found + 8 : Math.min(copy.length, 2048), 133);
  return { bytes: mutations[kind]?.(copy, headerEnd, random) ?? copy, kind };
}
