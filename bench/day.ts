/**
 * A day of a radiology department in simulated time: the embedded queue's own store and rules of settlement, arrivals by
 * the hour with bursts, and each image held for as long as it was measured to take. Shows how long images wait.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateDatabase } from '../src/adapters/sqlite/database.js';
import { SqliteLeaseStore } from '../src/adapters/sqlite/sqlite-queue.js';
import type { Leased } from '../src/adapters/leases/lease-store.js';
import type { Job, Outcome } from '../src/domain/job.js';
import { defaultRetryPolicy, settle } from '../src/domain/settle.js';
import { type Random, randomFor } from '../src/phantom/random.js';

/** Share of a day's images in each hour, in percent: two peaks on working days. */
const hours = [1, 1, 1, 1, 1, 1, 2, 5, 9, 10, 9, 8, 5, 7, 8, 8, 7, 5, 3, 2, 2, 2, 1, 1] as const;
/** What a modality that was cut off sends at once when it is back, at ten and at three. */
const bursts = [10, 15] as const;

export interface Day {
  readonly name: string;
  readonly imagesADay: number;
  readonly imagesInBurst: number;
  /** Images in work at once, over all workers. */
  readonly hands: number;
  /** From delivery to settlement, ms. */
  readonly holdMs: number;
  /** Share of attempts that meet an archive which is away for a moment. */
  readonly outageShare: number;
}

interface Event {
  readonly at: number;
  readonly arrives?: string;
  readonly settles?: Leased;
}

const stored: Outcome = {
  outcome: 'stored',
  output: { SeriesInstanceUID: '2.25.1', SOPInstanceUID: '2.25.2' },
  timingsMs: {},
};
const away: Outcome = {
  outcome: 'retry',
  code: 'PACS_UNAVAILABLE',
  reason: 'simulated',
  timingsMs: {},
};

/** From arrival to settlement of each image, ms. */
export function simulate(day: Day): readonly number[] {
  const folder = mkdtempSync(join(tmpdir(), 'colouriser-day-'));
  const database = StateDatabase.openForWriting(folder);
  try {
    return run(day, new SqliteLeaseStore(database), randomFor(1, day.name));
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

function run(day: Day, queue: SqliteLeaseStore, random: Random): readonly number[] {
  const arrivals = arrivalsOf(day, random);
  const arrivedAt = new Map(arrivals.map((at, index) => [`job-${index}`, at]));
  const coming: Event[] = arrivals.map((at, index) => ({ at, arrives: `job-${index}` }));
  const going: Event[] = [];
  const waits: number[] = [];
  let busy = 0;
  for (;;) {
    const now = nextTime(coming[0]?.at, going[0]?.at, queue.nextDue());
    if (now === undefined) return waits;
    while (coming[0] !== undefined && coming[0].at <= now) {
      queue.publish([job(coming.shift()?.arrives ?? '')]);
    }
    while (going[0] !== undefined && going[0].at <= now) {
      const leased = going.shift()?.settles;
      if (leased === undefined) continue;
      busy -= 1;
      const outcome = random.chance(day.outageShare) ? away : stored;
      queue.settle(
        leased,
        settle(outcome, leased.tries, defaultRetryPolicy, random.between(0, 1)),
        now,
      );
      const since = arrivedAt.get(leased.job.id) ?? now;
      if (outcome === stored) waits.push(now - since);
    }
    queue.wake(now, defaultRetryPolicy.backOff.maxMs);
    while (busy < day.hands) {
      const leased = queue.claim(now + 24 * 3_600_000);
      if (leased === undefined) break;
      busy += 1;
      const at = now + day.holdMs * random.between(0.8, 1.2);
      const place = going.findLastIndex((event) => event.at <= at);
      going.splice(place + 1, 0, { at, settles: leased });
    }
  }
}

/** Leases last a day here, so only a delayed job makes `due` the earliest. */
function nextTime(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Times of arrival in order, ms since midnight. */
function arrivalsOf({ imagesADay, imagesInBurst }: Day, random: Random): readonly number[] {
  const steady = hours.flatMap((percent, hour) =>
    Array.from(
      { length: Math.round((imagesADay * percent) / 100) },
      () => (hour + random.between(0, 1)) * 3_600_000,
    ),
  );
  const sudden = bursts.flatMap((hour) =>
    Array.from({ length: imagesInBurst }, (_, index) => hour * 3_600_000 + 100 * index),
  );
  return [...steady, ...sudden].sort((a, b) => a - b);
}

function job(id: string): Job {
  return {
    id,
    source: { StudyInstanceUID: '1.2.1', SeriesInstanceUID: '1.2.2', SOPInstanceUID: '1.2.3' },
    rendering: {
      model: 'evidence',
      modelVersion: '1.0.0',
      palette: 'magenta',
      strength: 1,
      banner: false,
      modality: 'source',
    },
    priority: 0,
    needsLungs: true,
    rule: 'frontal-chest',
  };
}
