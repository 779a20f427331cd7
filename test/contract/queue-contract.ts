import assert from 'node:assert/strict';
import type { Outcome } from '../../src/domain/job.js';
import type { RetryPolicy } from '../../src/domain/settle.js';
import type { Delivery, Queue, Settled } from '../../src/ports/queue.js';
import { until } from '../support/process.js';
import { broken, exampleJob, pacsAway, stored } from './ledger-contract.js';

export interface QueueUnderTest {
  readonly queue: Queue;
  /** Takes what is in flight away from its holder, as when a worker stood still for too long or lost its broker. */
  readonly loseLeases: () => void | Promise<void>;
  /** Ends what `open` began, after the queue was closed. */
  readonly end: () => void | Promise<void>;
}

/** What a queue cannot do, each with the reason why; the suite then states what it does instead. */
export interface QueueLimits {
  /** Why a job that is published twice is delivered twice. */
  readonly seesNoDuplicates?: string;
  /** Why a dead letter that is published again stays among the dead. */
  readonly keepsRevived?: string;
  /** Why there are but two priorities, 5 and above before the rest; older first in each. */
  readonly hasTwoPriorities?: string;
  /** Why what could not be recorded is told again, instead of the job being delivered again. */
  readonly recordsApart?: string;
}

const maxAttempts = 8;
/** Short waits, so that a fact about many attempts takes milliseconds. */
const policy: RetryPolicy = {
  maxAttempts,
  backOff: { baseMs: 4, maxMs: 8 },
  outageBackOff: { baseMs: 4, maxMs: 8 },
};
const fault: Outcome = { ...pacsAway, code: 'MODEL_FAILED', reason: 'no result' };

/** Facts that hold for every queue. */
export function queueContract(
  name: string,
  open: (policy: RetryPolicy) => QueueUnderTest | Promise<QueueUnderTest>,
  limits: QueueLimits = {},
): void {
  describe(`Queue contract: ${name}`, () => {
    let queue: Queue;
    let tested: QueueUnderTest;
    let deliveries: Delivery[];
    let settled: Settled[];

    beforeEach(async () => {
      tested = await open(policy);
      queue = tested.queue;
      deliveries = [];
      settled = [];
      await queue.onSettled((report) => void settled.push(report));
    });
    afterEach(async () => {
      await queue.close();
      await tested.end();
    });

    /** Consumes with the given answer to each delivery. */
    const answer = (
      outcome: (delivery: Delivery) => Outcome | Promise<Outcome>,
      prefetch = 1,
      from = queue,
    ) =>
      from.consume(prefetch, async (delivery) => {
        deliveries.push(delivery);
        return outcome(delivery);
      });
    const delivered = () => deliveries.map(({ job }) => job.id);
    const settledOnce = (count = 1) =>
      until(`${count} settlements`, () => settled.length >= count, 5000);
    const depthIs = (ready: number, delayed: number, inFlight: number, dead: number) =>
      until(`depth ${[ready, delayed, inFlight, dead].join()}`, async () => {
        const depth = await queue.depth();
        return (
          depth.ready === ready &&
          depth.delayed === delayed &&
          depth.inFlight === inFlight &&
          depth.dead === dead
        );
      });
    const idle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

    describe('delivery', () => {
      it('hands over the whole job and forgets it once it is stored', async () => {
        await queue.publish([exampleJob('1')]);
        await depthIs(1, 0, 0, 0);
        await answer(() => stored);
        await depthIs(0, 0, 0, 0);
        assert.deepEqual(deliveries[0]?.job, exampleJob('1'));
        assert.equal(deliveries[0].attempt, 1);
        assert.equal(deliveries[0].signal.aborted, false);
      });

      it('delivers higher priority first, then older first', async () => {
        await queue.publish([exampleJob('low', 'evidence', 0), exampleJob('a', 'evidence', 5)]);
        await queue.publish([exampleJob('b', 'evidence', 5), exampleJob('high', 'evidence', 9)]);
        await answer(() => stored);
        await settledOnce(4);
        const order =
          limits.hasTwoPriorities === undefined
            ? ['high', 'a', 'b', 'low']
            : ['a', 'b', 'high', 'low'];
        assert.deepEqual(delivered(), order);
      });

      it('wakes a waiting consumer at once', async () => {
        await answer(() => stored);
        // A queue elsewhere is connected once it tells its depth.
        await queue.depth();
        await idle(30);
        const start = performance.now();
        await queue.publish([exampleJob('1')]);
        await until('the delivery', () => deliveries.length === 1);
        assert.ok(performance.now() - start < 250);
      });

      it('has no more in hand than the prefetch', async () => {
        let inHand = 0;
        let most = 0;
        await queue.publish(['1', '2', '3', '4', '5', '6', '7'].map((id) => exampleJob(id)));
        await answer(async () => {
          most = Math.max(most, ++inHand);
          await idle(100);
          inHand--;
          return stored;
        }, 3);
        await settledOnce(7);
        assert.equal(most, 3);
      });

      it('shares the work among consumers, each job with one of them', async () => {
        const ids = Array.from({ length: 20 }, (_, index) => `${index}`);
        await queue.publish(ids.map((id) => exampleJob(id)));
        const slowly = async () => {
          await idle(2);
          return stored;
        };
        await answer(slowly, 2);
        await answer(slowly, 2);
        await settledOnce(20);
        assert.deepEqual(delivered().sort(), ids.sort());
      });
    });

    describe('publishing twice', () => {
      if (limits.seesNoDuplicates === undefined) {
        it('changes nothing for a job that is ready', async () => {
          await queue.publish([exampleJob('1'), exampleJob('1')]);
          await queue.publish([exampleJob('1')]);
          await depthIs(1, 0, 0, 0);
        });

        for (const outcome of [stored, broken, fault]) {
          it(`delivers a job in flight once more when it was ${outcome.outcome}`, async () => {
            let finish: (outcome: Outcome) => void = () => undefined;
            await queue.publish([exampleJob('1')]);
            await answer(() => new Promise((resolve) => (finish = resolve)), 2);
            await depthIs(0, 0, 1, 0);
            await queue.publish([exampleJob('1')]);
            await queue.publish([exampleJob('1')]);
            await depthIs(0, 0, 1, 0);
            finish(outcome);
            await until('the second delivery', () => deliveries.length === 2);
            finish(stored);
            await depthIs(0, 0, 0, 0);
            assert.equal(deliveries.length, 2);
          });
        }
      } else {
        it(`delivers each copy, as ${limits.seesNoDuplicates}`, async () => {
          await queue.publish([exampleJob('1'), exampleJob('1')]);
          await depthIs(2, 0, 0, 0);
          await answer(() => stored);
          await settledOnce(2);
          await depthIs(0, 0, 0, 0);
          assert.deepEqual(delivered(), ['1', '1']);
        });
      }

      it('delivers a job again that was done before', async () => {
        await answer(() => stored);
        await queue.publish([exampleJob('1')]);
        await settledOnce();
        await depthIs(0, 0, 0, 0);
        await queue.publish([exampleJob('1')]);
        await settledOnce(2);
      });

      it('revives a dead letter with its attempts forgotten', async () => {
        await queue.publish([exampleJob('1')]);
        await answer(() => (deliveries.length <= maxAttempts ? fault : stored));
        await depthIs(0, 0, 0, 1);
        await queue.publish([exampleJob('1')]);
        await settledOnce(maxAttempts + 1);
        await depthIs(0, 0, 0, limits.keepsRevived === undefined ? 0 : 1);
        assert.equal(deliveries.at(-1)?.attempt, 1);
      });
    });

    describe('settlement', () => {
      it('counts the deliveries of a job that is retried', async () => {
        await queue.publish([exampleJob('1')]);
        await answer(({ attempt }) => (attempt < 4 ? fault : stored));
        await depthIs(0, 0, 0, 0);
        await settledOnce(4);
        assert.deepEqual(
          deliveries.map(({ attempt }) => attempt),
          [1, 2, 3, 4],
        );
      });

      it('dead-letters after the eighth attempt and reports a failure', async () => {
        await queue.publish([exampleJob('1')]);
        await answer(() => fault);
        await depthIs(0, 0, 0, 1);
        await idle(20);
        assert.equal(deliveries.length, 8);
        assert.deepEqual(
          settled.map(({ outcome }) => outcome.outcome),
          [...Array<string>(7).fill('retry'), 'failed'],
        );
        assert.deepEqual(settled.at(-1)?.outcome, {
          outcome: 'failed',
          code: 'MODEL_FAILED',
          reason: 'gave up after 8 attempts: no result',
          timingsMs: {},
        });
      });

      it('never gives up while the archive is away', async () => {
        await queue.publish([exampleJob('1')]);
        await answer(({ attempt }) => (attempt <= 2 * maxAttempts ? pacsAway : stored));
        await settledOnce(2 * maxAttempts + 1);
        await depthIs(0, 0, 0, 0);
        assert.equal(settled.at(-1)?.outcome.outcome, 'stored');
      });

      it('dead-letters a failure at once', async () => {
        await queue.publish([exampleJob('1')]);
        await answer(() => broken);
        await depthIs(0, 0, 0, 1);
        assert.deepEqual(
          settled.map(({ outcome, settlement }) => [outcome, settlement.effect]),
          [[broken, 'dead-letter']],
        );
      });

      it('retries a job whose handler throws', async () => {
        await queue.publish([exampleJob('1')]);
        await answer(({ attempt }) => {
          if (attempt === 1) throw new Error('a fault of ours');
          return stored;
        });
        await settledOnce(2);
        assert.deepEqual(settled[0]?.outcome, {
          outcome: 'retry',
          code: 'INTERNAL',
          reason: 'a fault of ours',
          timingsMs: {},
        });
        assert.equal(settled[1]?.outcome.outcome, 'stored');
      });

      it('lets other jobs pass while one waits for its retry', async () => {
        // Long enough that a busy machine takes the other job within it.
        const slow = await open({ ...policy, backOff: { baseMs: 1000, maxMs: 1000 } });
        try {
          await slow.queue.onSettled((report) => void settled.push(report));
          await slow.queue.publish([exampleJob('1', 'evidence', 9), exampleJob('2')]);
          const first = ({ job, attempt }: Delivery) => job.id === '1' && attempt === 1;
          await answer((delivery) => (first(delivery) ? fault : stored), 1, slow.queue);
          await settledOnce(3);
          assert.deepEqual(delivered(), ['1', '2', '1']);
        } finally {
          await slow.queue.close();
          await slow.end();
        }
      });

      if (limits.recordsApart === undefined) {
        it('records before it acts, and delivers again what could not be recorded', async () => {
          const depths: number[] = [];
          await queue.onSettled(async (report) => {
            depths.push((await queue.depth()).inFlight);
            if (report.attempt === 1) throw new Error('disk full');
          });
          await queue.publish([exampleJob('1')]);
          await answer(() => stored);
          await until('two records', () => depths.length === 2);
          await depthIs(0, 0, 0, 0);
          assert.deepEqual(depths, [1, 1]);
        });
      } else {
        it(`tells again what could not be recorded, as ${limits.recordsApart}`, async () => {
          const told: Settled[] = [];
          await queue.onSettled((report) => {
            told.push(report);
            if (told.length === 1) throw new Error('disk full');
          });
          await queue.publish([exampleJob('1')]);
          await answer(() => stored);
          await until('two records', () => told.length === 2);
          await depthIs(0, 0, 0, 0);
          assert.deepEqual(told[0], told[1]);
          assert.equal(deliveries.length, 1);
        });
      }
    });

    describe('a lost lease', () => {
      it('aborts the handler, ignores its outcome and delivers the job again', async () => {
        let finish: (outcome: Outcome) => void = () => undefined;
        await queue.publish([exampleJob('1')]);
        await answer(({ attempt }) =>
          attempt === 1 ? new Promise((resolve) => (finish = resolve)) : stored,
        );
        await depthIs(0, 0, 1, 0);
        await tested.loseLeases();
        await until('the abort', () => deliveries[0]?.signal.aborted);
        finish(broken);
        await depthIs(0, 0, 0, 0);
        assert.equal(deliveries[1]?.attempt, 2);
        assert.deepEqual(
          settled.map(({ outcome }) => outcome.outcome),
          ['stored'],
        );
      });

      it('dead-letters a job that loses it every time', async () => {
        await queue.publish([exampleJob('1')]);
        await answer(() => new Promise<Outcome>(() => undefined));
        for (let attempt = 1; attempt <= maxAttempts; attempt++) {
          await until(`attempt ${attempt}`, () => deliveries.length === attempt);
          await tested.loseLeases();
        }
        await depthIs(0, 0, 0, 1);
        assert.equal(settled.at(-1)?.outcome.outcome, 'failed');
        assert.equal(deliveries.length, maxAttempts);
      });
    });

    describe('closing', () => {
      it('waits for what is in hand and takes no more', async () => {
        await queue.publish([exampleJob('1'), exampleJob('2')]);
        const consumer = await answer(async () => {
          await idle(40);
          return stored;
        });
        await until('the first delivery', () => deliveries.length === 1);
        await consumer.close(5000);
        await settledOnce();
        await depthIs(1, 0, 0, 0);
        assert.equal(deliveries.length, 1);
      });

      it('returns what is not finished in time, without counting an attempt', async () => {
        await queue.publish([exampleJob('1')]);
        const consumer = await answer(() => new Promise<Outcome>(() => undefined));
        await until('the first delivery', () => deliveries.length === 1);
        await consumer.close(10);
        assert.equal(deliveries[0]?.signal.aborted, true);
        await depthIs(1, 0, 0, 0);
        await answer(() => stored);
        await depthIs(0, 0, 0, 0);
        assert.equal(deliveries[1]?.attempt, 1);
      });

      it('may be asked for twice', async () => {
        const consumer = await answer(() => stored);
        await consumer.close(10);
        await consumer.close(10);
        await queue.close();
      });
    });
  });
}
