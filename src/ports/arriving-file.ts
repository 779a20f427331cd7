/** A Part 10 file that may be read while the rest of it is on its way. */
export interface ArrivingFile {
  /** Room for the whole file; what has not arrived yet may be anything. */
  readonly bytes: Uint8Array;
  /**
   * How many bytes have arrived, or -1 once no more will: one value on shared memory, for a thread to wait on.
   * Absent where all of them are there.
   */
  readonly arrived?: Int32Array;
  /** Resolves once the whole file is there. @throws what `Pacs.retrieve` throws */
  readonly whole: Promise<unknown>;
}

/** A file that is there. */
export function arrivedFile(bytes: Uint8Array): ArrivingFile {
  return { bytes, whole: Promise.resolve() };
}
