import type { Rendering, SkipCode } from '../domain/job.js';
import type { InstalledModel } from '../models/registry.js';
import type { Colouring } from './colouring.js';
import type { Picture } from './pictures.js';

/** What a model says about a picture, and whether the image check would have let it colour that. */
export interface Sight {
  readonly model: InstalledModel;
  readonly colouring: Colouring;
  /** How long the network took when it looked. */
  readonly inferMs: number;
  /** Why the pipeline would not colour this picture; absent for one that it coloured. */
  readonly refusal?: { readonly code: SkipCode; readonly reason: string };
}

export type LookRendering = Pick<
  Rendering,
  'palette' | 'strength' | 'display' | 'contours' | 'banner'
>;

/**
 * Images of the archive drawn by any installed model, without storing anything. Undefined for an image that the
 * ledger does not know.
 * @throws the input codes and the model codes of `errorKinds`; the signal's reason when it is aborted
 */
export interface Looks {
  /** The displayed grey at full resolution, and the window that was applied. */
  grey(id: string, signal: AbortSignal): Promise<Pick<Picture, 'image' | 'window'> | undefined>;
  /** @param model `evidence`, `evidence@1.0.0` */
  colouring(id: string, model: string, signal: AbortSignal): Promise<Sight | undefined>;
  /** As the product would draw it, as PNG at most `width` pixels wide; at full resolution if left out. */
  png(
    id: string,
    model: string,
    rendering: LookRendering,
    width: number | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>;
  /** Requests that wait or are worked on. */
  readonly inHand: number;
}
