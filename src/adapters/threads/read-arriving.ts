import { readInstance, type SourceInstance } from '../../dicom/read-instance.js';
import type { Need } from '../../dicom/decode-frame.js';
import { ColouriseError } from '../../domain/errors.js';

/** Of nearly every radiograph the head ends before this. */
const usualHeadBytes = 64 * 1024;
/** Whoever fetches gives up long before. */
const longestSilenceMs = 3_600_000;

export interface ArrivingInstance {
  readonly instance: SourceInstance;
  /** For uncompressed pixel data that is still arriving. */
  readonly need?: Need;
}

/**
 * Reads a file that may still be arriving: where its pixels are not compressed, from its head alone.
 * Holds its thread while it waits. @throws as `readInstance`; `TRUNCATED` when the rest never comes
 */
export function readArriving(bytes: Uint8Array, arrived: Int32Array | undefined): ArrivingInstance {
  if (arrived === undefined) return { instance: readInstance(bytes) };
  const need: Need = ({ byteOffset, byteLength }) => {
    waitFor(arrived, byteOffset + byteLength - bytes.byteOffset);
  };
  const head = bytes.subarray(0, usualHeadBytes);
  need(head);
  const instance = fromHead(bytes, head.length);
  if (instance?.pixelData?.kind === 'native') return { instance, need };
  need(bytes);
  return { instance: readInstance(bytes) };
}

/** Undefined where the head is longer, or tells no more than the whole file can. */
function fromHead(bytes: Uint8Array, headBytes: number): SourceInstance | undefined {
  try {
    return readInstance(bytes, headBytes);
  } catch {
    return undefined;
  }
}

function waitFor(arrived: Int32Array, bytes: number): void {
  for (let seen = Atomics.load(arrived, 0); seen < bytes; seen = Atomics.load(arrived, 0)) {
    if (seen < 0 || Atomics.wait(arrived, 0, seen, longestSilenceMs) === 'timed-out') {
      throw new ColouriseError('TRUNCATED', 'the rest of the file never came');
    }
  }
}
