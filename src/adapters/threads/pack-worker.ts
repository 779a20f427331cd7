/** Runs inside a worker thread: colour into codestreams. No native code is loaded, so that such a thread may end. */
import { encodeFrame } from '../../dicom/encode-frame.js';
import type { Compression } from '../../domain/job.js';
import type { DrawnPicture } from '../../ports/pictures.js';
import { placeFor } from '../shared-memory.js';
import { crossing, type Crossing } from './crossing.js';

export interface CompressTask extends DrawnPicture {
  readonly compression: Compression;
  /** Shared memory for the codestream, which is taken if it is large enough. */
  readonly spare: Uint8Array;
}

/** Rows × Columns × RGB → codestream, on shared memory. */
export function compress({
  compression,
  spare,
  ...drawn
}: CompressTask): Promise<Crossing<Uint8Array>> {
  return crossing(() => encodeFrame(drawn, compression, (bytes) => placeFor(bytes, spare)));
}
