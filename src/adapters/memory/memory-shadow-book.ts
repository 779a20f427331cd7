import type { ShadowPair, ShadowResult, ShadowRow } from '../../domain/shadow.js';
import type { LedgerReader } from '../../ports/ledger.js';
import { keptPerPair, type ShadowBook } from '../../ports/shadow-book.js';

/** The twin of the shadows in SQLite, over a ledger that forgets images. */
export class MemoryShadowBook implements ShadowBook {
  private readonly ledger: Pick<LedgerReader, 'image'>;
  private readonly now: () => Date;
  /** In the order in which they came. */
  private kept: readonly ShadowRow[] = [];

  constructor(ledger: Pick<LedgerReader, 'image'>, now: () => Date) {
    this.ledger = ledger;
    this.now = now;
  }

  record(result: ShadowResult): void {
    if (this.ledger.image(result.jobId) === undefined) return;
    const others = this.known().filter(
      ({ jobId, shadow }) => jobId !== result.jobId || nameOf(shadow) !== nameOf(result.shadow),
    );
    const pair = keyOf(result);
    const tooMany = others.filter((row) => keyOf(row) === pair).slice(0, -(keptPerPair - 1));
    this.kept = [...others.filter((row) => !tooMany.includes(row)), { ...result, at: this.now() }];
  }

  pairs(): readonly ShadowPair[] {
    const pairs = new Map(
      this.known().map(({ stored, shadow }) => [keyOf({ stored, shadow }), { stored, shadow }]),
    );
    return [...pairs.entries()]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, pair]) => pair);
  }

  rows(pair: ShadowPair, limit: number): readonly ShadowRow[] {
    return this.known()
      .filter((row) => keyOf(row) === keyOf(pair))
      .toReversed()
      .slice(0, limit);
  }

  private known(): readonly ShadowRow[] {
    return this.kept.filter(({ jobId }) => this.ledger.image(jobId) !== undefined);
  }
}

function keyOf({ stored, shadow }: ShadowPair): string {
  return `${nameOf(stored)} ${nameOf(shadow)}`;
}

function nameOf({ model, modelVersion }: ShadowPair['stored']): string {
  return `${model} ${modelVersion}`;
}
