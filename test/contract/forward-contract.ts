import assert from 'node:assert/strict';
import type { ForwardStep } from '../../src/domain/forward.js';
import type { Job } from '../../src/domain/job.js';
import type { ForwardBook } from '../../src/ports/forwarding.js';
import {
  accepted,
  alreadyStored,
  broken,
  exampleJob,
  FakeClock,
  type LedgerUnderTest,
  pacsAway,
  stored,
} from './ledger-contract.js';

interface BookUnderTest extends LedgerUnderTest {
  readonly book: ForwardBook;
}

const refused: ForwardStep = {
  state: 'failed',
  attempts: 1,
  code: 'DESTINATION_REFUSED',
  reason: 'no thanks',
};

/** Facts that hold for every book of forwards over its ledger. */
export function forwardContract(name: string, open: (now: () => Date) => BookUnderTest): void {
  describe(`ForwardBook contract: ${name}`, () => {
    let clock: FakeClock;
    let on: BookUnderTest;
    let seq: number;

    beforeEach(() => {
      clock = new FakeClock();
      on = open(clock.now);
      seq = 0;
    });
    afterEach(() => {
      on.ledger.close();
    });

    const to = (id: string, ...forward: string[]): Job => ({ ...exampleJob(id), forward });
    const arrive = (job: Job) => {
      clock.advance(1000);
      on.ledger.admit([{ orthancId: `o${job.id}`, seq: ++seq }], seq);
      on.ledger.decide(`o${job.id}`, accepted(job));
    };
    const store = (...jobs: Job[]) => {
      for (const job of jobs) {
        arrive(job);
        on.ledger.record(job.id, stored);
      }
    };
    const due = (destination: string) => on.book.due(destination, 10).map(({ imageId }) => imageId);
    const send = (destination: string, step: ForwardStep = { state: 'sent' }) => {
      for (const each of on.book.due(destination, 10)) on.book.record(each, step);
    };
    const states = (id: string) =>
      on.book.of(id).map(({ destination, state }) => `${destination} ${state}`);

    it('has a stored image due at each destination of its job, oldest first, and no other image', () => {
      store(to('2', 'a', 'b'), to('1', 'a'), exampleJob('3'));
      arrive(to('4', 'a'));
      assert.deepEqual(due('a'), ['2', '1']);
      assert.deepEqual(due('b'), ['2']);
      assert.deepEqual(on.book.due('b', 1)[0], {
        imageId: '2',
        destination: 'b',
        opening: 1,
        attempts: 0,
        instance: {
          StudyInstanceUID: '1.2.2',
          SeriesInstanceUID: '2.25.1',
          SOPInstanceUID: '2.25.2',
        },
      });
      assert.equal(on.book.due('a', 1).length, 1);
    });

    it('has nothing due for outcomes other than stored', () => {
      arrive(to('1', 'a'));
      on.ledger.record('1', pacsAway);
      on.ledger.record('1', broken);
      assert.deepEqual(on.book.of('1'), []);
    });

    it('has due what was found stored, as a process may have died between storing and recording', () => {
      arrive(to('1', 'a'));
      on.ledger.record('1', alreadyStored);
      assert.deepEqual(due('a'), ['1']);
    });

    it('sends once, however often the outcome is told', () => {
      store(to('1', 'a'));
      send('a');
      on.ledger.record('1', stored);
      assert.deepEqual(due('a'), []);
      const [forward] = on.book.of('1');
      assert.equal(forward?.attempts, 1);
      assert.deepEqual(forward.settledAt, clock.now());
      assert.deepEqual(on.reader.image('1')?.forwards, [forward]);
    });

    it('does not send again what arrives again and is found stored', () => {
      store(to('1', 'a'));
      send('a');
      arrive(to('1', 'a'));
      on.ledger.record('1', alreadyStored);
      assert.deepEqual(states('1'), ['a sent']);
    });

    it('goes on to a destination that a later decision names', () => {
      store(to('1', 'a'));
      send('a');
      arrive(to('1', 'a', 'b'));
      on.ledger.record('1', alreadyStored);
      assert.deepEqual(due('b'), ['1']);
      arrive(to('2', 'a'));
      arrive(to('2', 'b'));
      on.ledger.record('2', stored);
      assert.deepEqual(states('2'), ['a pending', 'b pending']);
    });

    it('sends again what was stored anew', () => {
      store(to('1', 'a'));
      send('a');
      on.ledger.requeue('1');
      assert.deepEqual(due('a'), [], 'not while its colour is away');
      on.ledger.record('1', alreadyStored);
      assert.deepEqual(due('a'), ['1']);
    });

    it('takes no news of a sending that began before the image was stored anew', () => {
      store(to('1', 'a'));
      const [before] = on.book.due('a', 1);
      on.ledger.requeue('1');
      on.ledger.record('1', stored);
      on.book.record(before!, { state: 'sent' });
      assert.deepEqual(states('1'), ['a pending']);
    });

    it('keeps a pending one for later, with the code and reason of its last attempt', () => {
      store(to('1', 'a'));
      const [first] = on.book.due('a', 1);
      const code = 'DESTINATION_FAILED' as const;
      on.book.record(first!, {
        state: 'pending',
        attempts: 1,
        code,
        reason: 'busy',
        afterMs: 5000,
      });
      assert.deepEqual(due('a'), []);
      clock.advance(5000);
      assert.equal(on.book.due('a', 1)[0]?.attempts, 1);
      const { reason, settledAt } = on.book.of('1')[0] ?? {};
      assert.equal(reason, 'busy');
      assert.equal(settledAt, undefined);
    });

    it('leaves what waits for a destination that is away at its place', () => {
      store(to('1', 'a'), to('2', 'a'));
      const code = 'DESTINATION_UNAVAILABLE' as const;
      const [first] = on.book.due('a', 1);
      on.book.record(first!, { state: 'pending', attempts: 0, code, reason: 'away', afterMs: 0 });
      assert.deepEqual(due('a'), ['1', '2']);
    });

    it('fails what has waited too long, and forgets nothing that failed', () => {
      store(to('1', 'a'));
      clock.advance(60_000);
      store(to('2', 'a'));
      assert.equal(on.book.expire(new Date(clock.now().getTime() - 30_000), 'waited too long'), 1);
      assert.deepEqual(states('1'), ['a failed']);
      clock.advance(60_000);
      assert.equal(on.ledger.prune(clock.now(), 10), 0);
      send('a');
      assert.equal(on.ledger.prune(clock.now(), 10), 1);
      assert.deepEqual(on.book.of('2'), []);
    });

    it('refuses destinations that nobody knows', () => {
      store(to('1', 'a', 'b'));
      assert.equal(on.book.refuseOthers(['b']), 1);
      assert.deepEqual(states('1'), ['a failed', 'b pending']);
      assert.equal(on.book.of('1')[0]?.code, 'DESTINATION_UNKNOWN');
    });

    it('tries failed ones again: all, those of a destination, those of an image', () => {
      store(to('1', 'a', 'b'), to('2', 'a'));
      const fail = () => {
        send('a', refused);
        send('b', refused);
      };
      fail();
      assert.equal(on.book.retry({}), 3);
      fail();
      assert.equal(on.book.retry({ destination: 'b' }), 1);
      assert.equal(on.book.retry({ imageId: '2' }), 1);
      assert.deepEqual(on.book.of('2')[0], {
        destination: 'a',
        state: 'pending',
        attempts: 0,
        since: clock.now(),
      });
      assert.deepEqual(states('1'), ['a failed', 'b pending']);
    });

    it('drops what was withdrawn before it was sent', () => {
      store(to('1', 'a', 'b'));
      send('b');
      on.ledger.withdraw('1', 'evidence 1.0.0 withdrawn');
      assert.deepEqual(states('1'), ['a dropped', 'b sent']);
      assert.deepEqual(on.book.backlog(), []);
    });

    it('counts what is not settled, by destination', () => {
      store(to('1', 'b', 'a'));
      const oldest = clock.now();
      store(to('2', 'a'), to('3', 'c'));
      send('b', refused);
      send('c');
      assert.deepEqual(on.book.backlog(), [
        { destination: 'a', pending: 2, failed: 0, oldest },
        { destination: 'b', pending: 0, failed: 1 },
      ]);
    });
  });
}
