import assert from 'node:assert/strict';
import pino from 'pino';
import { MemoryLedger } from '../../src/adapters/memory/memory-ledger.js';
import { createLostJobs } from '../../src/pipeline/lost-jobs.js';
import { accepted, exampleJob, FakeClock } from '../contract/ledger-contract.js';

const minuteMs = 60_000;

describe('jobs that a broker lost', () => {
  let clock: FakeClock;
  let ledger: MemoryLedger;
  let waiting: number;
  let look: () => Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    ledger = new MemoryLedger(clock.now);
    waiting = 0;
    const queue = {
      depth: () => Promise.resolve({ ready: waiting, delayed: 0, inFlight: 0, dead: 0 }),
    };
    look = createLostJobs({ ledger, queue, now: clock.now, log: pino({ level: 'silent' }) });
    ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
    ledger.decide('a', accepted(exampleJob('1')));
    ledger.markPublished(ledger.unpublished(10).map(({ id }) => id));
    clock.advance(minuteMs);
  });

  const lookFor = async (minutes: number) => {
    for (let minute = 0; minute <= minutes; minute++) {
      await look();
      clock.advance(minuteMs);
    }
  };
  const offered = () => ledger.unpublished(10).map(({ id }) => id);

  it('are offered anew once nothing has waited for longer than a worker may hold one', async () => {
    await lookFor(30);
    assert.deepEqual(offered(), []);
    await lookFor(10);
    assert.deepEqual(offered(), ['1']);
  });

  it('are not sought while others wait', async () => {
    await lookFor(30);
    waiting = 1;
    await look();
    waiting = 0;
    await lookFor(30);
    assert.deepEqual(offered(), []);
  });
});
