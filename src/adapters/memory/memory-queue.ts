import type { Job } from '../../domain/job.js';
import { firstTry, type Settlement, type Tries } from '../../domain/settle.js';
import type { QueueDepth } from '../../ports/queue.js';
import { LeasedQueue, type LeasedQueueOptions } from '../leases/leased-queue.js';
import type { DeadLetter, Leased, LeaseStore } from '../leases/lease-store.js';

type Place =
  | { readonly state: 'ready' }
  | { readonly state: 'delayed' | 'leased'; readonly dueAt: number }
  | { readonly state: 'dead'; readonly letter: DeadLetter };

interface Entry {
  readonly job: Job;
  readonly tries: Tries;
  readonly lease: number;
  readonly place: Place;
}

/** The queue's twin for tests and trials, forgotten with the process. */
export function openMemoryQueue(options: LeasedQueueOptions): LeasedQueue {
  return new LeasedQueue(new MemoryLeaseStore(), options);
}

const ready: Place = { state: 'ready' };

class MemoryLeaseStore implements LeaseStore {
  /** In order of age: a map keeps the place of a key that is set again. */
  private readonly entries = new Map<string, Entry>();

  publish(jobs: readonly Job[]): void {
    for (const job of jobs) {
      const known = this.entries.get(job.id);
      if (known && known.place.state !== 'dead') continue;
      const lease = known?.lease ?? 0;
      this.entries.set(job.id, { job, tries: firstTry, lease, place: ready });
    }
  }

  wake(now: number, longestPauseMs: number): readonly string[] {
    const lost: string[] = [];
    for (const [id, entry] of this.entries) {
      const { place, tries } = entry;
      if (!('dueAt' in place)) continue;
      const wasSetBack = place.state === 'delayed' && place.dueAt > now + longestPauseMs;
      if (place.dueAt > now && !wasSetBack) continue;
      const expired = place.state === 'leased';
      const faults = tries.faults + (expired ? 1 : 0);
      if (expired) lost.push(id);
      this.entries.set(id, { ...entry, tries: { ...tries, faults }, place: ready });
    }
    return lost;
  }

  claim(leaseUntil: number): Leased | undefined {
    const [first] = [...this.entries.values()]
      .filter(({ place }) => place.state === 'ready')
      .sort((a, b) => b.job.priority - a.job.priority);
    if (!first) return undefined;
    const place: Place = { state: 'leased', dueAt: leaseUntil };
    const claimed = { ...first, lease: first.lease + 1, place };
    this.entries.set(first.job.id, claimed);
    return { job: claimed.job, tries: claimed.tries, lease: claimed.lease };
  }

  renew(leased: Leased, leaseUntil: number): boolean {
    return this.move(leased, { state: 'leased', dueAt: leaseUntil });
  }

  settle(leased: Leased, settlement: Settlement, now: number): boolean {
    const { job, tries } = leased;
    switch (settlement.effect) {
      case 'ack':
        return this.holds(leased) && this.entries.delete(job.id);
      case 'redeliver':
        return this.move(
          leased,
          { state: 'delayed', dueAt: now + settlement.afterMs },
          settlement.tries,
        );
      case 'dead-letter': {
        const { code, reason } = settlement;
        const attempts = tries.faults + tries.outages + 1;
        const letter = { job, code, reason, attempts, diedAt: new Date(now) };
        return this.move(leased, { state: 'dead', letter });
      }
      default:
        return settlement satisfies never;
    }
  }

  giveBack(leased: Leased): void {
    this.move(leased, ready);
  }

  nextDue(): number | undefined {
    const due = [...this.entries.values()].flatMap(({ place }) =>
      'dueAt' in place ? [place.dueAt] : [],
    );
    return due.length === 0 ? undefined : Math.min(...due);
  }

  depth(now: number): QueueDepth {
    const places = [...this.entries.values()].map(({ place }) => place);
    const count = (holds: (place: Place) => boolean) => places.filter(holds).length;
    const delayed = count((place) => place.state === 'delayed' && place.dueAt > now);
    const inFlight = count(({ state }) => state === 'leased');
    const dead = count(({ state }) => state === 'dead');
    return { ready: places.length - delayed - inFlight - dead, delayed, inFlight, dead };
  }

  deadLetters(limit: number): readonly DeadLetter[] {
    return [...this.entries.values()]
      .flatMap(({ place }) => (place.state === 'dead' ? [place.letter] : []))
      .sort((a, b) => b.diedAt.getTime() - a.diedAt.getTime())
      .slice(0, limit);
  }

  private holds({ job, lease }: Leased): boolean {
    const entry = this.entries.get(job.id);
    return entry?.place.state === 'leased' && entry.lease === lease;
  }

  private move(leased: Leased, place: Place, tries?: Tries): boolean {
    const entry = this.entries.get(leased.job.id);
    if (!entry || !this.holds(leased)) return false;
    this.entries.set(leased.job.id, { ...entry, place, tries: tries ?? entry.tries });
    return true;
  }
}
