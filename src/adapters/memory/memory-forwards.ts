import type { DueForward, Forward, ForwardBacklog, ForwardStep } from '../../domain/forward.js';
import type { ImageRow } from '../../ports/ledger.js';
import type { ForwardBook, ForwardFilter } from '../../ports/forwarding.js';

interface Row {
  readonly imageId: string;
  readonly opening: number;
  readonly dueAt: Date;
  readonly forward: Forward;
}

/** The twin of the book of forwards; the ledger's twin tells it what becomes of images. */
export class MemoryForwards implements ForwardBook {
  private readonly now: () => Date;
  private readonly image: (id: string) => ImageRow | undefined;
  private readonly rows = new Map<string, Row>();

  constructor(now: () => Date, image: (id: string) => ImageRow | undefined) {
    this.now = now;
    this.image = image;
  }

  stored(imageId: string, destinations: readonly string[], anew: boolean): void {
    for (const destination of destinations) {
      const known = this.rows.get(keyOf(imageId, destination));
      if (!known || anew) this.open(imageId, destination, known);
    }
  }

  requeued(imageId: string): void {
    for (const row of this.rowsOf(imageId)) this.open(imageId, row.forward.destination, row);
  }

  withdrawn(imageId: string): void {
    for (const row of this.rowsOf(imageId).filter(isUnsettled)) {
      const reason = 'its colour was withdrawn';
      this.settle(row, { state: 'dropped', code: 'WITHDRAWN', reason });
    }
  }

  forgotten(imageId: string): void {
    for (const { forward } of this.rowsOf(imageId)) {
      this.rows.delete(keyOf(imageId, forward.destination));
    }
  }

  /** Whether it is not yet at all its destinations. */
  waits(imageId: string): boolean {
    return this.rowsOf(imageId).some(isUnsettled);
  }

  due(destination: string, limit: number): readonly DueForward[] {
    const now = this.now();
    return [...this.rows.values()]
      .filter(({ forward }) => forward.destination === destination && forward.state === 'pending')
      .filter(({ dueAt, forward }) => dueAt <= now || forward.since > now)
      .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.imageId < b.imageId ? -1 : 1))
      .flatMap(({ imageId, opening, forward: { attempts } }): DueForward[] => {
        const { state, source, output } = this.image(imageId) ?? {};
        if (state !== 'stored' || !source || !output) return [];
        const instance = { StudyInstanceUID: source.StudyInstanceUID, ...output };
        return [{ imageId, destination, opening, attempts, instance }];
      })
      .slice(0, limit);
  }

  record({ imageId, destination, opening }: DueForward, step: ForwardStep): void {
    const row = this.rows.get(keyOf(imageId, destination));
    if (row?.opening !== opening || row.forward.state !== 'pending') return;
    if (step.state !== 'pending') {
      const { state } = step;
      const said = step.state === 'sent' ? {} : { code: step.code, reason: step.reason };
      const attempts = step.state === 'sent' ? row.forward.attempts + 1 : step.attempts;
      this.settle(row, { state, attempts, ...said });
      return;
    }
    const { attempts, code, reason, afterMs } = step;
    const dueAt = afterMs > 0 ? new Date(this.now().getTime() + afterMs) : row.dueAt;
    this.set({ ...row, dueAt, forward: { ...row.forward, attempts, code, reason } });
  }

  expire(before: Date, reason: string): number {
    return this.fail(({ since }) => since < before, 'DESTINATION_UNAVAILABLE', reason);
  }

  refuseOthers(known: readonly string[]): number {
    const reason = 'the settings do not name this destination';
    const isOther = ({ destination }: Forward) => !known.includes(destination);
    return this.fail(isOther, 'DESTINATION_UNKNOWN', reason);
  }

  retry({ destination, imageId }: ForwardFilter): number {
    const failed = [...this.rows.values()].filter(
      (row) =>
        row.forward.state === 'failed' &&
        (destination === undefined || row.forward.destination === destination) &&
        (imageId === undefined || row.imageId === imageId),
    );
    for (const row of failed) this.open(row.imageId, row.forward.destination, row);
    return failed.length;
  }

  of(imageId: string): readonly Forward[] {
    return this.rowsOf(imageId)
      .map(({ forward }) => forward)
      .sort((a, b) => (a.destination < b.destination ? -1 : 1));
  }

  backlog(): readonly ForwardBacklog[] {
    const unsettled = [...this.rows.values()].filter(isUnsettled).map(({ forward }) => forward);
    return [...new Set(unsettled.map(({ destination }) => destination))]
      .sort()
      .map((destination) => {
        const own = unsettled.filter((forward) => forward.destination === destination);
        const pending = own.filter(({ state }) => state === 'pending');
        const times = pending.map(({ since }) => since.getTime());
        return {
          destination,
          pending: pending.length,
          failed: own.length - pending.length,
          ...(times.length === 0 ? {} : { oldest: new Date(Math.min(...times)) }),
        };
      });
  }

  private open(imageId: string, destination: string, known: Row | undefined): void {
    const now = this.now();
    const forward = { destination, state: 'pending', attempts: 0, since: now } as const;
    this.set({ imageId, opening: (known?.opening ?? 0) + 1, dueAt: now, forward });
  }

  private fail(matches: (forward: Forward) => boolean, code: string, why: string): number {
    const rows = [...this.rows.values()].filter(
      ({ forward }) => forward.state === 'pending' && matches(forward),
    );
    for (const row of rows) {
      const said = row.forward.reason;
      const reason = said === undefined ? why : `${why}: ${said}`;
      this.settle(row, { state: 'failed', code, reason });
    }
    return rows.length;
  }

  private settle(row: Row, news: Partial<Forward>): void {
    const { destination, state, attempts, since } = row.forward;
    const settledAt = this.now();
    this.set({ ...row, forward: { destination, state, attempts, since, settledAt, ...news } });
  }

  private set(row: Row): void {
    this.rows.set(keyOf(row.imageId, row.forward.destination), row);
  }

  private rowsOf(imageId: string): readonly Row[] {
    return [...this.rows.values()].filter((row) => row.imageId === imageId);
  }
}

const keyOf = (imageId: string, destination: string) => `${imageId}/${destination}`;

const isUnsettled = ({ forward: { state } }: Row) => state === 'pending' || state === 'failed';
