/** The body of an answer while it fills; `arrived` as in `ArrivingFile`. */
export interface ArrivingBody {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly arrived: Int32Array<SharedArrayBuffer>;
}

/** What comes before a waiting thread is woken again: each time costs it some microseconds. */
const wakeBytes = 1 << 18;

/** Counts the bytes of a body as they arrive, for a thread that waits on the count. */
export class Arrival {
  readonly arrived = new Int32Array(new SharedArrayBuffer(4));
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  reached(bytes: number): void {
    const isNews = bytes - Atomics.load(this.arrived, 0) >= wakeBytes || bytes === this.#length;
    if (isNews) this.#tell(bytes);
  }

  /** No more will come. */
  brokeOff(): void {
    this.#tell(-1);
  }

  #tell(bytes: number): void {
    Atomics.store(this.arrived, 0, bytes);
    Atomics.notify(this.arrived, 0);
  }
}
