import { ColouriseError } from '../../domain/errors.js';
import { appearanceOf, type Job, type Outcome } from '../../domain/job.js';
import type { MeasuredModel } from '../../domain/rehearsal.js';
import { stateAfter } from '../../domain/settle.js';
import type {
  Balance,
  ImageFilter,
  ImageRow,
  ImageState,
  Ledger,
  LedgerReader,
  PendingArrival,
  RoutedArrival,
} from '../../ports/ledger.js';

interface Arrival extends PendingArrival {
  /** Undefined once decided. */
  readonly dueAt: Date | undefined;
}

interface Image {
  readonly row: ImageRow;
  readonly decision: string;
  readonly job?: Job;
  readonly published: boolean;
  /** How often it became pending, or was offered anew. */
  readonly openings: number;
}

/** The ledger's twin for tests and trials: the same answers, forgotten with the process. */
export class MemoryLedger implements Ledger, LedgerReader {
  private readonly now: () => Date;
  private position = 0;
  private readonly arrivals = new Map<string, Arrival>();
  private readonly rows = new Map<string, Image>();
  private offered = new Set<string>();

  constructor(now: () => Date) {
    this.now = now;
  }

  cursor(): number {
    return this.position;
  }

  admit(
    arrivals: readonly { readonly orthancId: string; readonly seq: number }[],
    cursor: number,
  ): void {
    const now = this.now();
    for (const { orthancId, seq } of arrivals) {
      if (this.arrivals.get(orthancId)?.seq === seq) continue;
      this.arrivals.set(orthancId, { orthancId, seq, arrivedAt: now, dueAt: now, attempts: 0 });
    }
    this.position = cursor;
  }

  startOver(): void {
    for (const [id, arrival] of this.arrivals) this.arrivals.set(id, { ...arrival, seq: -1 });
    this.position = 0;
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
    this.arrivals.set(orthancId, { ...arrival, dueAt: undefined });
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
    this.rows.set(jobId, { ...image, row: recorded(image, outcome, this.now()) });
  }

  prune(before: Date, limit: number): number {
    const old = [...this.rows.values()]
      .map(({ row }) => row)
      .filter(({ state }) => state === 'stored' || state === 'skipped')
      .filter(({ settledAt }) => settledAt && settledAt < before)
      .slice(0, limit);
    for (const { id } of old) this.rows.delete(id);
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
    return this.rows.get(id)?.row;
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

  close(): void {
    // Nothing is held outside of this object.
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
    this.rows.set(row.id, { row, decision: routed.reason, published: false, openings: 1 });
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
      this.rows.set(job.id, { ...known, row, published: false, openings });
      return;
    }
    const { model, modelVersion } = job.rendering;
    const drawn = appearanceOf(job.rendering);
    const row = { ...newRow(arrival, routed), id: job.id, model, modelVersion, ...drawn };
    const openings = (known?.openings ?? 0) + 1;
    this.rows.set(job.id, { row, decision: routed.reason, job, published: false, openings });
    this.offered.delete(job.id);
  }
}

function newRow(arrival: Arrival, routed: RoutedArrival): Omit<ImageRow, 'id'> {
  return {
    orthancId: arrival.orthancId,
    ...(routed.source ? { source: routed.source } : {}),
    state: 'pending',
    rule: routed.rule,
    rulesVersion: routed.rulesVersion,
    reason: routed.reason,
    attempts: 0,
    summary: routed.summary,
    timingsMs: {},
    arrivedAt: arrival.arrivedAt,
    ...(routed.notBefore ? { notBefore: routed.notBefore } : {}),
  };
}

/** Nothing means at once. */
function earlier(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (!one || !other) return undefined;
  return one < other ? one : other;
}

function recorded({ row, decision }: Image, outcome: Outcome, now: Date): ImageRow {
  return {
    ...without(row, 'code', 'output', 'probability', 'settledAt'),
    state: stateAfter(outcome),
    ...('code' in outcome ? { code: outcome.code } : {}),
    reason: 'reason' in outcome ? outcome.reason : decision,
    attempts: row.attempts + 1,
    ...('output' in outcome ? { output: outcome.output } : {}),
    ...('probability' in outcome ? { probability: outcome.probability } : {}),
    timingsMs: outcome.timingsMs,
    ...(outcome.outcome === 'retry' ? {} : { settledAt: now }),
  };
}

function without<K extends keyof ImageRow>(
  row: ImageRow,
  ...keys: readonly K[]
): Omit<ImageRow, K> {
  const kept = Object.entries(row).filter(([key]) => !keys.some((other) => other === key));
  return Object.fromEntries(kept) as unknown as Omit<ImageRow, K>;
}

function matches(row: ImageRow, filter: ImageFilter): boolean {
  const { state, model, uid } = filter;
  if (state !== undefined && row.state !== state) return false;
  if (model !== undefined && row.model !== model) return false;
  if (filter.withoutOwnOutput && row.code === 'OWN_OUTPUT') return false;
  if (uid === undefined) return true;
  const { StudyInstanceUID = '', SeriesInstanceUID = '', SOPInstanceUID = '' } = row.source ?? {};
  return [StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID].some((own) => own.startsWith(uid));
}

function newestFirst(a: ImageRow, b: ImageRow): number {
  const byTime = b.arrivedAt.getTime() - a.arrivedAt.getTime();
  return byTime === 0 ? (a.id < b.id ? 1 : a.id > b.id ? -1 : 0) : byTime;
}
