/** A seeded stream of numbers: equal seeds give equal phantoms on every machine. */
export interface Random {
  /** Uniform in [low, high). */
  readonly between: (low: number, high: number) => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  /** Uniform integer in [0, 2^32). */
  readonly word: () => number;
}

/**
 * Small fast counter generator (sfc32), seeded by a seed and the name of what it is for.
 * One name per organ: a change to one organ leaves the random shape of the others alone.
 */
export function randomFor(seed: number, purpose: string): Random {
  let [a, b, c, counter] = [seed | 0, hash(purpose), 0x9e3779b9 | 0, 1];
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let warmUp = 0; warmUp < 15; warmUp++) word();
  const uniform = (): number => word() / 4294967296;
  return {
    word,
    between: (low, high) => low + (high - low) * uniform(),
    chance: (probability) => uniform() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return value | 0;
}
