import type { InferenceProvenance } from '../domain/hardware.js';
import type { InstalledModel } from '../models/registry.js';
import type { Colouring } from './colouring.js';

/** Counted since the start; what waits and runs is of now. */
export interface InferenceStats {
  /** Pictures that wait for their batch. */
  readonly waiting: number;
  /** Batches that are being computed. */
  readonly running: number;
  /** Entry n is how many batches held n + 1 pictures; all were computed at full size. */
  readonly fill: readonly number[];
  /** Time that batches took in their threads, ms, all together. */
  readonly runMs: number;
  /** Batches that failed and were computed again picture by picture. */
  readonly splitBatches: number;
  /** Pictures that got no colouring. */
  readonly failures: number;
}

/** Where the networks run. */
export interface Networks {
  readonly provenance: InferenceProvenance;
  /** Threads, each with a session a model. */
  readonly sessions: number;
  /**
   * One picture through one network, together with others that come within a few ms. What befalls those has no
   * effect on this one.
   * @param thumbnail area mean of the displayed grey at the model's input size, row-major, 0..255
   * @throws `MODEL_NOT_FOUND`, `MODEL_INVALID`, `MODEL_FAILED`, `PROVIDER_UNAVAILABLE`
   */
  infer(model: InstalledModel, thumbnail: Float32Array, signal?: AbortSignal): Promise<Colouring>;
  /** The boot gate: the model loads in every thread, answers its golden picture in every place of a batch, in time. */
  warm(model: InstalledModel): Promise<void>;
  stats(): InferenceStats;
  close(): Promise<void>;
}
