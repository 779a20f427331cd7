/**
 * MurmurHash3 (x86, 32 bits, seed 0) of a text in UTF-8. Not for secrets: it spreads what is alike.
 * @see Austin Appleby, MurmurHash3, public domain
 */
export function murmurHash3(text: string): number {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wholeBytes = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < wholeBytes; at += 4) {
    hash ^= scrambled(view.getUint32(at, true));
    hash = Math.imul(rotated(hash, 13), 5) + 0xe6546b64;
  }
  const rest = bytes.subarray(wholeBytes).reduceRight((word, byte) => (word << 8) | byte, 0);
  return finished(hash ^ scrambled(rest) ^ bytes.length);
}

/**
 * The place of a UID in [0, 100): the same for ever, evenly spread, and with another salt independent of the
 * first. What lies below 10 also lies below 20, so that a sample only grows.
 */
export function drawOf(uid: string, salt: string): number {
  return (murmurHash3(salt === '' ? uid : `${salt}/${uid}`) / 2 ** 32) * 100;
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

const scrambled = (word: number): number =>
  Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);

function finished(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
