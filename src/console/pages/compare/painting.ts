/** What the page and its painter say to each other. */
import type { Rendering } from '../../../domain/job.js';
import type { Colouring, GreyImage } from '../../../ports/colouring.js';

export type Look = Pick<Rendering, 'palette' | 'strength' | 'display' | 'contours'>;

export type Order =
  /** Makes what the first drawing would wait for. */
  | { readonly kind: 'prepare'; readonly look: Look }
  | { readonly kind: 'open'; readonly id: number; readonly image: GreyImage }
  | {
      readonly kind: 'draw';
      readonly id: number;
      readonly colouring: Colouring;
      readonly look: Look;
    };

export type Answer =
  | {
      readonly id: number;
      readonly bitmap: ImageBitmap;
      /** RGB of each level over a middle grey; none for free colour. */
      readonly ramp?: Uint8Array;
    }
  | { readonly id: number; readonly fault: string };
