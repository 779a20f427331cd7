/** A block serves whoever needs no less than a part of it: a picture's grey lies where a file lay before. */
const largestExcess = 2.5;

/**
 * Large blocks that are used again. Fresh memory costs the kernel time for each page, and V8 marks all its heaps when
 * large buffers come and go. Shared blocks cross threads without a copy and V8 does not count them, so one that is not
 * given back is freed late.
 */
export class SharedMemory {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #keep: number;

  /** @param keep blocks that lie ready at most; the one that has lain longest is let go first */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** Bytes of which nothing is known: they may be those of another picture. */
  take(bytes: number): Uint8Array<SharedArrayBuffer> {
    const [fitting] = this.#free
      .filter(({ byteLength }) => byteLength >= bytes && byteLength <= largestExcess * bytes)
      .toSorted((one, other) => one.byteLength - other.byteLength);
    if (fitting === undefined) return new Uint8Array(new SharedArrayBuffer(bytes));
    this.#free.splice(this.#free.indexOf(fitting), 1);
    return new Uint8Array(fitting, 0, bytes);
  }

  /** Nobody reads or writes these bytes any more. What is on memory of another kind is left to the collector. */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof SharedArrayBuffer) || this.#free.includes(buffer)) return;
    this.#free.push(buffer);
    if (this.#free.length > this.#keep) this.#free.shift();
  }
}

/** Whether a spare block takes so many bytes: both sides of a thread's border ask, and come to the same answer. */
export const hasRoom = (spare: Uint8Array, bytes: number): boolean =>
  spare.buffer.byteLength >= bytes;

/** Shared memory for so many bytes: the spare block where they fit, else a new one. */
export function placeFor(bytes: number, spare: Uint8Array): Uint8Array {
  return new Uint8Array(
    hasRoom(spare, bytes) ? spare.buffer : new SharedArrayBuffer(bytes),
    0,
    bytes,
  );
}
