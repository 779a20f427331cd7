/** Bytes of a known number, in consecutive parts. */
export interface ByteSource {
  readonly byteLength: number;
  /** Asked again, they come again. A part is not to be looked at once the next one is asked for. */
  parts(): AsyncIterable<Uint8Array>;
}

/** One after the other, none of them copied. */
export function joined(pieces: readonly (Uint8Array | ByteSource)[]): ByteSource {
  return {
    byteLength: pieces.reduce((sum, { byteLength }) => sum + byteLength, 0),
    async *parts() {
      for (const piece of pieces) {
        if (piece instanceof Uint8Array) yield piece;
        else yield* piece.parts();
      }
    },
  };
}

/** The same, with word once whoever reads has taken all of it. */
export function tellingWhenTaken<T extends ByteSource>(source: T, taken: () => void): T {
  return {
    ...source,
    async *parts() {
      yield* source.parts();
      taken();
    },
  };
}

/** All of it at once. */
export async function gathered(source: ByteSource): Promise<Uint8Array> {
  const whole = new Uint8Array(source.byteLength);
  let filled = 0;
  for await (const part of source.parts()) {
    whole.set(part, filled);
    filled += part.byteLength;
  }
  return whole;
}
