import type { ShadowPair, ShadowResult, ShadowRow } from '../domain/shadow.js';

/** Where what a shadow came to goes: the ledger, or over a broker to it. */
export interface ShadowSink {
  /** @throws `QUEUE_UNAVAILABLE`; nothing depends on a result, so it is not tried again */
  record(result: ShadowResult): void | Promise<void>;
}

/**
 * What models came to in the shadow of others. One row for each image and shadow, forgotten with its image; of each pair
 * the newest `keptPerPair` rows.
 */
export interface ShadowBook extends ShadowSink {
  /** A second result of the same image and shadow replaces the first; one of an unknown image changes nothing. */
  record(result: ShadowResult): void;
  /** Every pair that has rows, in the order of their names. */
  pairs(): readonly ShadowPair[];
  /** Rows of a pair, the newest first. */
  rows(pair: ShadowPair, limit: number): readonly ShadowRow[];
}

/** Enough for a distribution, and read in some tens of ms. */
export const keptPerPair = 5_000;
