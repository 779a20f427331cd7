import type { InstalledModel } from '../models/registry.js';
import type { Colouring } from './colouring.js';

/** Which hardware computed a result; part of the provenance of every object. */
export interface InferenceProvenance {
  readonly provider: 'cpu' | 'cuda' | 'webgpu';
  readonly runtime: string;
}

/** Where the networks run. */
export interface Networks {
  readonly provenance: InferenceProvenance;
  /**
   * One picture through one network.
   * @param thumbnail area mean of the displayed grey at the model's input size, row-major, 0..255
   * @throws `MODEL_NOT_FOUND`, `MODEL_INVALID`, `MODEL_FAILED`
   */
  infer(model: InstalledModel, thumbnail: Float32Array): Promise<Colouring>;
  /** The boot gate: the model loads everywhere and answers its golden picture. */
  warm(model: InstalledModel): Promise<void>;
  close(): Promise<void>;
}
