/**
 * A block serves whoever needs no less than a part of it, and a new one is made as large as what was asked for lately, up
 * to so many times what it is for: so a file of 16 bits lies where the colour of its picture will, which has half as
 * many bytes again.
 */
const largestExcess = 1.6;

/** A block that nobody took among so many that were taken is let go: of sizes that come no more nothing is kept. */
const takesUntilStale = 32;

interface FreeBlock {
  readonly buffer: SharedArrayBuffer;
  /** Blocks that had been taken when it was given back. */
  readonly since: number;
}

/**
 * Large blocks that are used again. Fresh memory costs the kernel time for each page, and V8 marks all its heaps when
 * large buffers come and go. Shared blocks cross threads without a copy and V8 does not count them, so one that is not
 * given back is freed late.
 */
export class SharedMemory {
  /** The newest last. */
  #free: readonly FreeBlock[] = [];
  readonly #keep: number;
  /** Bytes that were asked for lately, the newest last. */
  #asked: readonly number[] = [];
  #taken = 0;

  /** @param keep blocks that lie ready at most; the one that has lain longest is let go first */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** Of the blocks that lie ready. */
  get freeBytes(): number {
    return this.#free.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  }

  /** Bytes of which nothing is known: they may be those of another picture. */
  take(bytes: number): Uint8Array<SharedArrayBuffer> {
    this.#taken++;
    this.#asked = [...this.#asked.slice(1 - takesUntilStale), bytes];
    // Of equal ones the newest, so that those of a burst grow stale after it.
    const [fitting] = this.#free
      .filter(({ buffer }) => buffer.byteLength >= bytes && isNear(bytes, buffer.byteLength))
      .toSorted(
        (one, other) => one.buffer.byteLength - other.buffer.byteLength || other.since - one.since,
      );
    this.#free = this.#free.filter((block) => block !== fitting && this.#isOfUse(block));
    const buffer = fitting?.buffer ?? new SharedArrayBuffer(this.#roomFor(bytes));
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Nobody reads or writes these bytes any more. What is on memory of another kind is left to the collector. */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof SharedArrayBuffer)) return;
    if (this.#free.some((block) => block.buffer === buffer)) return;
    const free = [...this.#free, { buffer, since: this.#taken }];
    this.#free = free.filter((block) => this.#isOfUse(block)).slice(-this.#keep);
  }

  /** Neither stale, nor in the place of one that would serve more. */
  #isOfUse({ buffer, since }: FreeBlock): boolean {
    const isStale = this.#taken - since >= takesUntilStale;
    return !isStale && this.#roomFor(buffer.byteLength) === buffer.byteLength;
  }

  #roomFor(bytes: number): number {
    return Math.max(bytes, ...this.#asked.filter((other) => isNear(bytes, other)));
  }
}

const isNear = (bytes: number, room: number) => room <= largestExcess * bytes;

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
