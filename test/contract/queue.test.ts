import assert from 'node:assert/strict';
import { openMemoryQueue } from '../../src/adapters/memory/memory-queue.js';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { openSqliteQueue } from '../../src/adapters/sqlite/sqlite-queue.js';
import type { ColouriseError } from '../../src/domain/errors.js';
import type { Outcome } from '../../src/domain/job.js';
import { temporaryFolder, until } from '../support/process.js';
import { broken, exampleJob, pacsAway, stored } from './ledger-contract.js';
import { queueContract } from './queue-contract.js';

/** Time that runs, and can be moved past the end of every lease. */
class LeapingClock {
  private ahead = 0;
  readonly now = () => new Date(Date.now() + this.ahead);
  leap(ms: number): void {
    this.ahead += ms;
  }
}

const leaseMs = 30_000;
const pollMs = 10;

queueContract('memory', (policy) => {
  const clock = new LeapingClock();
  return {
    queue: openMemoryQueue({ now: clock.now, policy, leaseMs, pollMs }),
    loseLeases: () => {
      clock.leap(leaseMs);
    },
    end: () => undefined,
  };
});

queueContract('SQLite', (policy) => {
  const clock = new LeapingClock();
  const database = StateDatabase.openForWriting(temporaryFolder());
  return {
    queue: openSqliteQueue(database, { now: clock.now, policy, leaseMs, pollMs }),
    loseLeases: () => {
      clock.leap(leaseMs);
    },
    end: () => {
      database.close();
    },
  };
});

describe('a clock that is set back', () => {
  const backOff = { baseMs: 60_000, maxMs: 60_000 };
  const policy = { maxAttempts: 8, backOff, outageBackOff: backOff };

  for (const kind of ['memory', 'SQLite'] as const) {
    it(`does not make a job wait for it (${kind})`, async () => {
      const clock = new LeapingClock();
      const options = { now: clock.now, policy, leaseMs, pollMs };
      const database = StateDatabase.openForWriting(temporaryFolder());
      const queue =
        kind === 'memory' ? openMemoryQueue(options) : openSqliteQueue(database, options);
      const attempts: number[] = [];
      await queue.consume(1, ({ attempt }) => {
        attempts.push(attempt);
        return Promise.resolve(attempt === 1 ? pacsAway : stored);
      });
      await queue.publish([exampleJob('1')]);
      await until('its delay', async () => (await queue.depth()).delayed === 1);
      clock.leap(-3_600_000);
      await until('its second attempt', () => attempts.includes(2));
      await queue.close();
      database.close();
    });
  }
});

describe('the queue on disk', () => {
  const now = () => new Date();
  const never = () => new Promise<Outcome>(() => undefined);

  it('delivers at once what its dead predecessor had in hand, as the next attempt', async () => {
    const folder = temporaryFolder();
    const first = StateDatabase.openForWriting(folder);
    const predecessor = openSqliteQueue(first, { now });
    await predecessor.publish([exampleJob('1')]);
    await predecessor.consume(1, never);
    await until('the lease', async () => (await predecessor.depth()).inFlight === 1);
    first.close();

    const second = StateDatabase.openForWriting(folder);
    const queue = openSqliteQueue(second, { now });
    let attempt = 0;
    await queue.consume(1, (delivery) => {
      attempt = delivery.attempt;
      return Promise.resolve(stored);
    });
    await until('the next attempt', () => attempt === 2, 1000);
    await queue.close();
    second.close();
    await predecessor.close().catch(() => undefined);
  });

  it('keeps the lease of a job that takes longer than a lease', async () => {
    const database = StateDatabase.openForWriting(temporaryFolder());
    const queue = openSqliteQueue(database, { now, leaseMs: 90 });
    let deliveries = 0;
    await queue.publish([exampleJob('1')]);
    await queue.consume(1, async () => {
      deliveries++;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return stored;
    });
    await until('the end', async () => (await queue.depth()).inFlight === 0 && deliveries > 0);
    assert.equal(deliveries, 1);
    await queue.close();
    database.close();
  });

  it('keeps dead letters with code, reason and attempts', async () => {
    const database = StateDatabase.openForWriting(temporaryFolder());
    const diedAt = new Date(1_800_000_000_000);
    const queue = openSqliteQueue(database, { now: () => diedAt });
    await queue.publish([exampleJob('1')]);
    await queue.consume(1, () => Promise.resolve(broken));
    await until('the death', async () => (await queue.depth()).dead === 1);
    assert.deepEqual(await queue.deadLetters(10), [
      {
        job: exampleJob('1'),
        code: 'TRUNCATED',
        reason: 'ends after 12 bytes',
        attempts: 1,
        diedAt,
      },
    ]);
    await queue.close();
    database.close();
  });

  it('reports a failing store and rejects what is asked of it', async () => {
    const database = StateDatabase.openForWriting(temporaryFolder());
    const errors: ColouriseError[] = [];
    const queue = openSqliteQueue(database, {
      now,
      pollMs: 5,
      onError: (error) => errors.push(error),
    });
    await queue.consume(1, never);
    database.close();
    await until('two reports', () => errors.length >= 2);
    assert.equal(errors[0]?.code, 'QUEUE_UNAVAILABLE');
    await assert.rejects(queue.publish([exampleJob('1')]), { code: 'QUEUE_UNAVAILABLE' });
    await queue.close();
  });
});
