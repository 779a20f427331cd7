import { ColouriseError } from '../../domain/errors.js';
import { appearanceOf, type Job, type Outcome } from '../../domain/job.js';
import { goingFurther } from '../../domain/forward.js';
import type { MeasuredModel } from '../../domain/rehearsal.js';
import { stateAfter } from '../../domain/settle.js';
import type {
  Balance,
  HourOfWork,
  ImageFilter,
  ImageRow,
  ImageState,
  KeptDecision,
  Ledger,
  LedgerReader,
  PendingArrival,
  RoutedArrival,
} from '../../ports/ledger.js';
import { MemoryForwards } from './memory-forwards.js';
import {
  type Arrival,
  decisionOf,
  earlier,
  type Image,
  matches,
  newestFirst,
  newRow,
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
    if (routed.jobs.length === 0) this.writeJobless(arrival, routed);
    for (const job of routed.jobs) this.writeJob(arrival, routed, job);
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
    const rows = [...this.rows.values()].map(({ row }) => row);
    const count = (...states: ImageState[]) =>
      rows.filter(({ state, arrivedAt }) => states.includes(state) && arrivedAt >= since).length;
    return {
      undecided: [...this.arrivals.values()].filter(
        ({ dueAt, arrivedAt }) => dueAt && arrivedAt >= since,
      ).length,
      pending: count('pending'),
      stored: count('stored'),
      skipped: count('skipped'),
      failed: count('failed'),
    };
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
    const now = this.now().getTime();
    const undecided = [...this.arrivals.values()].filter(({ dueAt }) => dueAt);
    const pending = [...this.rows.values()].filter(({ row }) => row.state === 'pending');
    const times = [
      ...undecided.map(({ arrivedAt }) => arrivedAt.getTime()),
      ...pending
        .map(({ row }) => Math.max(row.arrivedAt.getTime(), row.notBefore?.getTime() ?? 0))
        .filter((since) => since <= now),
    ];
    return times.length === 0 ? undefined : new Date(Math.min(...times));
  }

  measured(): readonly MeasuredModel[] {
    const whole = [...this.rows.values()].flatMap(({ row: { state, model, timingsMs } }) => {
      const { total, infer } = timingsMs;
      const isWhole = state === 'stored' && model !== undefined;
      return isWhole && total !== undefined && infer !== undefined ? [{ model, total, infer }] : [];
    });
    return [...new Set(whole.map(({ model }) => model))].sort().map((model) => {
      const own = whole.filter((each) => each.model === model);
      const mean = (values: readonly number[]) =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      return {
        model,
        images: own.length,
        totalMs: mean(own.map(({ total }) => total)),
        inferMs: mean(own.map(({ infer }) => infer)),
      };
    });
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

  private writeJobless(arrival: Arrival, routed: RoutedArrival): void {
    const code = routed.failure ?? routed.skip;
    const row: ImageRow = {
      ...newRow(arrival, routed),
      id: `a-${arrival.orthancId}`,
      state: routed.failure === undefined ? 'skipped' : 'failed',
      ...(code === undefined ? {} : { code }),
      settledAt: this.now(),
    };
    this.rows.set(row.id, {
      row,
      decision: decisionOf(routed, this.now()),
      published: false,
      openings: 1,
    });
  }

  private writeJob(arrival: Arrival, routed: RoutedArrival, job: Job): void {
    const known = this.rows.get(job.id);
    if (known?.row.state === 'pending') {
      const notBefore = earlier(known.row.notBefore, routed.notBefore);
      const row = {
        ...without(known.row, 'notBefore'),
        arrivedAt: arrival.arrivedAt,
        ...(notBefore ? { notBefore } : {}),
      };
      const openings = known.openings + (known.published ? 1 : 0);
      const whole = known.job && goingFurther(known.job, job);
      const further = whole ? { job: whole } : {};
      this.rows.set(job.id, { ...known, ...further, row, published: false, openings });
      return;
    }
    if (known?.row.code === 'WITHDRAWN' && !arrival.wished) {
      this.rows.set(job.id, { ...known, row: { ...known.row, arrivedAt: arrival.arrivedAt } });
      return;
    }
    const { model, modelVersion } = job.rendering;
    const drawn = appearanceOf(job.rendering);
    const row = { ...newRow(arrival, routed), id: job.id, model, modelVersion, ...drawn };
    const openings = (known?.openings ?? 0) + 1;
    const decision = decisionOf(routed, this.now());
    this.rows.set(job.id, { row, decision, job, published: false, openings });
    this.offered.delete(job.id);
  }
}
