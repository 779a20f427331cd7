import { ColouriseError } from '../../domain/errors.js';
import type { Job, Outcome } from '../../domain/job.js';
import type { MeasuredModel } from '../../domain/rehearsal.js';
import { stateAfter } from '../../domain/settle.js';
import type {
  Balance,
  HourOfWork,
  ImageFilter,
  ImageRow,
  KeptDecision,
  Ledger,
  LedgerReader,
  PendingArrival,
  RoutedArrival,
} from '../../ports/ledger.js';
import { MemoryForwards } from './memory-forwards.js';
import { withJob, withoutJob } from './memory-decisions.js';
import { balanceOf, measuredIn, oldestWaitingOf } from './memory-figures.js';
import {
  type Arrival,
  type Image,
  matches,
  newestFirst,
  recorded,
  without,
  workByHour,
} from './memory-rows.js';

/** The ledger's twin for tests and trials: the same answers, forgotten with the process. */
export class MemoryLedger implements Ledger, LedgerReader {
  private readonly now: () => Date;
  private position = 0;
  private rowThere: string | undefined;
  private readonly arrivals = new Map<string, Arrival>();
  private readonly rows = new Map<string, Image>();
  private offered = new Set<string>();
  /** Its colour images on their way to other servers. */
  readonly forwards: MemoryForwards;

  constructor(now: () => Date) {
    this.now = now;
    this.forwards = new MemoryForwards(now, (id) => this.rows.get(id)?.row);
  }

  cursor(): number {
    return this.position;
  }

  lastRow(): string | undefined {
    return this.rowThere;
  }

  admit(
    arrivals: readonly { readonly orthancId: string; readonly seq: number }[],
    cursor: number,
    lastRow?: string,
  ): void {
    const now = this.now();
    for (const { orthancId, seq } of arrivals) {
      if (this.arrivals.get(orthancId)?.seq === seq) continue;
      const fresh = { orthancId, seq, arrivedAt: now, dueAt: now, attempts: 0, wished: false };
      this.arrivals.set(orthancId, fresh);
    }
    this.position = cursor;
    this.rowThere = lastRow;
  }

  askFor(orthancIds: readonly string[]): void {
    const now = this.now();
    for (const orthancId of orthancIds) {
      const seq = this.arrivals.get(orthancId)?.seq ?? this.position;
      const asked = { orthancId, seq, arrivedAt: now, dueAt: now, attempts: 0, wished: true };
      this.arrivals.set(orthancId, asked);
    }
  }

  startOver(): void {
    for (const [id, arrival] of this.arrivals) this.arrivals.set(id, { ...arrival, seq: -1 });
    this.position = 0;
    this.rowThere = undefined;
  }

  dueArrivals(limit: number): readonly PendingArrival[] {
    const now = this.now();
    return [...this.arrivals.values()]
      .flatMap((arrival) =>
        arrival.dueAt && (arrival.dueAt <= now || arrival.arrivedAt > now)
          ? [{ ...arrival, dueAt: arrival.dueAt }]
          : [],
      )
      .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || a.seq - b.seq)
      .slice(0, limit)
      .map(({ orthancId, seq, arrivedAt, attempts }) => ({ orthancId, seq, arrivedAt, attempts }));
  }

  postpone(orthancId: string, until: Date, _reason: string, attempts: number): void {
    const arrival = this.arrivals.get(orthancId);
    if (!arrival?.dueAt) return;
    this.arrivals.set(orthancId, { ...arrival, dueAt: until, attempts });
  }

  decide(orthancId: string, routed: RoutedArrival): void {
    const arrival = this.arrivals.get(orthancId);
    if (!arrival) throw new ColouriseError('INTERNAL', `${orthancId} was never admitted`);
    this.arrivals.set(orthancId, { ...arrival, dueAt: undefined, wished: false });
    this.rows.delete(`a-${orthancId}`);
    const now = this.now();
    if (routed.jobs.length === 0) {
      const image = withoutJob(arrival, routed, now);
      this.rows.set(image.row.id, image);
    }
    for (const job of routed.jobs) {
      const known = this.rows.get(job.id);
      const image = withJob(known, arrival, routed, job, now);
      this.rows.set(job.id, image);
      // What was offered under an earlier opening does not confirm this one.
      if (known?.row.state !== 'pending' && !image.published) this.offered.delete(job.id);
    }
  }

  unpublished(limit: number): readonly Job[] {
    const now = this.now();
    const jobs = [...this.rows.values()]
      .filter(
        ({ row, published, openings }) => !published && (row.state === 'pending' || openings > 1),
      )
      .filter(({ row }) => (row.notBefore ?? now) <= now)
      .sort((a, b) => -newestFirst(a.row, b.row))
      .slice(0, limit)
      .flatMap(({ job }) => job ?? []);
    this.offered = new Set(jobs.map(({ id }) => id));
    return jobs;
  }

  offerAgain(before: Date): number {
    const lost = [...this.rows.values()].filter(
      ({ row, published }) => published && row.state === 'pending' && row.arrivedAt < before,
    );
    for (const image of lost) {
      const openings = image.openings + 1;
      this.rows.set(image.row.id, { ...image, published: false, openings });
    }
    return lost.length;
  }

  markPublished(jobIds: readonly string[]): void {
    for (const id of jobIds) {
      const image = this.rows.get(id);
      if (image && this.offered.has(id)) this.rows.set(id, { ...image, published: true });
    }
  }

  record(jobId: string, outcome: Outcome): void {
    const image = this.rows.get(jobId);
    if (!image?.job || image.row.state === 'stored') return;
    if (outcome.outcome === 'retry' && image.row.state !== 'pending') return;
    if (image.row.code === 'WITHDRAWN' && stateAfter(outcome) !== 'stored') return;
    this.rows.set(jobId, { ...image, row: recorded(image, outcome, this.now()) });
    if (stateAfter(outcome) !== 'stored') return;
    this.forwards.stored(jobId, image.job.forward ?? [], outcome.outcome === 'stored');
  }

  withdraw(id: string, reason: string): boolean {
    const image = this.storedImage(id);
    if (!image) return false;
    const kept = without(image.row, 'output', 'probability');
    const row = { ...kept, state: 'skipped', code: 'WITHDRAWN', reason } as const;
    this.rows.set(id, { ...image, published: true, row: { ...row, settledAt: this.now() } });
    this.forwards.withdrawn(id);
    return true;
  }

  announceRedo(id: string): void {
    const image = this.storedImage(id);
    if (image) this.rows.set(id, { ...image, row: { ...image.row, code: 'REDO' } });
  }

  requeue(id: string): boolean {
    const image = this.storedImage(id);
    if (!image) return false;
    const kept = without(image.row, 'code', 'output', 'probability', 'settledAt');
    const row: ImageRow = { ...kept, state: 'pending', attempts: 0, timingsMs: {} };
    const openings = image.openings + 1;
    const again = { ...row, reason: image.decision.reason };
    this.rows.set(id, { ...image, published: false, openings, row: again });
    this.offered.delete(id);
    this.forwards.requeued(id);
    return true;
  }

  prune(before: Date, limit: number): number {
    const old = [...this.rows.values()]
      .map(({ row }) => row)
      .filter(
        ({ state, code }) => state === 'stored' || (state === 'skipped' && code !== 'WITHDRAWN'),
      )
      .filter(({ id, settledAt }) => settledAt && settledAt < before && !this.forwards.waits(id))
      .slice(0, limit);
    for (const { id } of old) {
      this.rows.delete(id);
      this.forwards.forgotten(id);
    }
    const kept = new Set([...this.rows.values()].map(({ row }) => row.orthancId));
    for (const { orthancId, dueAt, arrivedAt } of this.arrivals.values()) {
      if (!dueAt && arrivedAt < before && !kept.has(orthancId)) this.arrivals.delete(orthancId);
    }
    return old.length;
  }

  balance(since = new Date(0)): Balance {
    return balanceOf(this.arrivals.values(), this.rows.values(), since);
  }

  images(filter: ImageFilter): readonly ImageRow[] {
    const before = filter.before === undefined ? undefined : this.image(filter.before);
    if (filter.before !== undefined && !before) return [];
    return [...this.rows.values()]
      .map(({ row }) => row)
      .filter((row) => matches(row, filter) && (!before || newestFirst(before, row) < 0))
      .sort(newestFirst)
      .slice(0, filter.limit);
  }

  image(id: string): ImageRow | undefined {
    const row = this.rows.get(id)?.row;
    const forwards = this.forwards.of(id);
    return row && { ...row, ...(forwards.length > 0 ? { forwards } : {}) };
  }

  decision(id: string): KeptDecision | undefined {
    return this.rows.get(id)?.decision;
  }

  hours(since: Date): readonly HourOfWork[] {
    return workByHour([...this.rows.values()], since);
  }

  rules(): readonly string[] {
    const named = [...this.rows.values()].map(({ row }) => row.rule).filter((rule) => rule !== '');
    return [...new Set(named)].sort().slice(0, 200);
  }

  oldestWaiting(): Date | undefined {
    return oldestWaitingOf(this.arrivals.values(), this.rows.values(), this.now());
  }

  measured(): readonly MeasuredModel[] {
    return measuredIn(this.rows.values());
  }

  reopen(id: string): boolean {
    const image = this.rows.get(id);
    if (!image) return false;
    const { row, job } = image;
    if (!job) {
      const arrival = this.arrivals.get(row.orthancId);
      if (arrival) this.arrivals.set(row.orthancId, { ...arrival, dueAt: this.now(), attempts: 0 });
      return this.rows.delete(id);
    }
    if (row.state !== 'skipped' && row.state !== 'failed') return false;
    const kept = without(row, 'settledAt');
    this.rows.set(id, {
      ...image,
      published: false,
      openings: image.openings + 1,
      row: { ...kept, state: 'pending', attempts: 0 },
    });
    this.offered.delete(id);
    return true;
  }

  lastSweep(): undefined {
    // Tasks are not remembered here.
  }

  close(): void {
    // Nothing is held outside of this object.
  }

  private storedImage(id: string): Image | undefined {
    const image = this.rows.get(id);
    return image?.row.state === 'stored' ? image : undefined;
  }
}
