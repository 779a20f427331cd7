import assert from 'node:assert/strict';
import type { Job, Outcome } from '../../src/domain/job.js';
import type { Ledger, LedgerReader, RoutedArrival } from '../../src/ports/ledger.js';

export interface LedgerUnderTest {
  readonly ledger: Ledger;
  readonly reader: LedgerReader;
}

/** A clock that moves only when told to. */
export class FakeClock {
  private time = Date.UTC(2026, 0, 1);
  readonly now = () => new Date(this.time);
  advance(ms: number): void {
    this.time += ms;
  }
}

export function exampleJob(id: string, model = 'evidence', priority = 5): Job {
  return {
    id,
    source: {
      StudyInstanceUID: `1.2.${id}`,
      SeriesInstanceUID: `1.3.${id}`,
      SOPInstanceUID: `1.4.${id}`,
    },
    rendering: {
      model,
      modelVersion: '1.0.0',
      palette: 'magenta',
      strength: 1,
      banner: true,
      modality: 'source',
    },
    priority,
    needsLungs: true,
    rule: 'frontal-chest',
  };
}

export function accepted(...jobs: readonly Job[]): RoutedArrival {
  const source = jobs[0]?.source;
  return {
    ...(source ? { source: { ...source, studyOrthancId: 'study' } } : {}),
    rule: 'frontal-chest',
    reason: 'Modality in [CR, DX]',
    rulesVersion: 'r1',
    jobs,
    summary: { Modality: 'DX' },
  };
}

export const skippedByRule: RoutedArrival = {
  rule: 'everything-else',
  reason: 'not a frontal chest radiograph',
  rulesVersion: 'r1',
  jobs: [],
  skip: 'RULE',
  summary: { Modality: 'CT' },
};

export const stored: Outcome = {
  outcome: 'stored',
  output: { SeriesInstanceUID: '2.25.1', SOPInstanceUID: '2.25.2' },
  probability: 0.75,
  timingsMs: { infer: 80 },
};
export const alreadyStored: Outcome = { ...stored, outcome: 'already-stored' };
export const pacsAway: Extract<Outcome, { outcome: 'retry' }> = {
  outcome: 'retry',
  code: 'PACS_UNAVAILABLE',
  reason: 'connection refused',
  timingsMs: {},
};
export const broken: Outcome = {
  outcome: 'failed',
  code: 'TRUNCATED',
  reason: 'ends after 12 bytes',
  timingsMs: {},
};
const noLungs: Outcome = {
  outcome: 'skipped',
  code: 'NO_LUNGS',
  reason: 'no lung field found',
  timingsMs: {},
};

/** Of a rule with one clause. */
function example(read: string) {
  const clause = {
    kind: 'clause',
    text: 'Modality in [CR, DX]',
    predicate: 'in [CR, DX]',
    truth: 'true',
    read: { name: 'Modality', state: 'present', values: [read], withheld: false },
  } as const;
  return { kind: 'rule', text: "rule 'a'", truth: 'true', parts: [clause] } as const;
}

/** Facts that hold for every ledger. */
export function ledgerContract(name: string, open: (now: () => Date) => LedgerUnderTest): void {
  describe(`Ledger contract: ${name}`, () => {
    let clock: FakeClock;
    let ledger: Ledger;
    let reader: LedgerReader;

    beforeEach(() => {
      clock = new FakeClock();
      ({ ledger, reader } = open(clock.now));
    });
    afterEach(() => {
      ledger.close();
    });

    /** Admits one arrival and decides it at once. */
    const arrive = (orthancId: string, seq: number, routed: RoutedArrival) => {
      clock.advance(1000);
      ledger.admit([{ orthancId, seq }], seq);
      ledger.decide(orthancId, routed);
    };
    const publishAll = () => {
      const jobs = ledger.unpublished(100);
      ledger.markPublished(jobs.map(({ id }) => id));
      return jobs.map(({ id }) => id);
    };
    const due = () => ledger.dueArrivals(10).map(({ orthancId }) => orthancId);
    const listed = (filter = {}) => reader.images({ limit: 10, ...filter }).map(({ id }) => id);

    describe('arrivals', () => {
      it('starts at cursor 0 with nothing due', () => {
        assert.equal(ledger.cursor(), 0);
        assert.deepEqual(due(), []);
      });

      it('keeps the cursor, also when a reset archive makes it smaller', () => {
        ledger.admit([], 90);
        ledger.admit([], 4);
        assert.equal(ledger.cursor(), 4);
      });

      it('keeps the row under the cursor until another log begins', () => {
        assert.equal(ledger.lastRow(), undefined);
        ledger.admit([], 4, 'a row');
        assert.equal(ledger.lastRow(), 'a row');
        ledger.admit([], 5);
        assert.equal(ledger.lastRow(), undefined);
        ledger.admit([], 6, 'another');
        ledger.startOver();
        assert.equal(ledger.lastRow(), undefined);
      });

      it('gives due arrivals oldest first, at most as many as asked', () => {
        ledger.admit([{ orthancId: 'b', seq: 2 }], 2);
        ledger.admit([{ orthancId: 'a', seq: 1 }], 2);
        clock.advance(1);
        ledger.admit([{ orthancId: 'c', seq: 3 }], 3);
        assert.deepEqual(due(), ['a', 'b', 'c']);
        assert.equal(ledger.dueArrivals(2).length, 2);
        assert.deepEqual(ledger.dueArrivals(1)[0], {
          orthancId: 'a',
          seq: 1,
          arrivedAt: new Date(Date.UTC(2026, 0, 1)),
          attempts: 0,
        });
      });

      it('changes nothing when a page of changes is admitted twice', () => {
        arrive('a', 1, skippedByRule);
        ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
        assert.deepEqual(due(), []);
      });

      it('decides anew what was deleted and sent again', () => {
        arrive('a', 1, skippedByRule);
        ledger.admit([{ orthancId: 'a', seq: 7 }], 7);
        assert.deepEqual(due(), ['a']);
      });

      it('decides everything anew after the archive began a new change log', () => {
        arrive('a', 1, skippedByRule);
        ledger.startOver();
        assert.equal(ledger.cursor(), 0);
        assert.deepEqual(due(), []);
        ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
        assert.deepEqual(due(), ['a']);
      });

      it('postpones an arrival and keeps how many looks at it failed', () => {
        ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
        ledger.postpone('a', new Date(clock.now().getTime() + 5000), 'no metadata', 3);
        assert.deepEqual(due(), []);
        clock.advance(5000);
        assert.equal(ledger.dueArrivals(1)[0]?.attempts, 3);
      });

      it('does not wait for a clock that was set back', () => {
        clock.advance(3_600_000);
        ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
        clock.advance(-3_600_000);
        assert.deepEqual(due(), ['a']);
      });

      it('does not bring a decided arrival back by postponing it', () => {
        arrive('a', 1, skippedByRule);
        ledger.postpone('a', clock.now(), 'late', 1);
        assert.deepEqual(due(), []);
      });

      it('refuses to decide what was never admitted', () => {
        assert.throws(
          () => {
            ledger.decide('x', skippedByRule);
          },
          { code: 'INTERNAL' },
        );
      });
    });

    describe('decisions', () => {
      it('keeps one row with the reason for an arrival that is skipped', () => {
        arrive('a', 1, skippedByRule);
        assert.deepEqual(reader.image('a-a'), {
          id: 'a-a',
          orthancId: 'a',
          state: 'skipped',
          rule: 'everything-else',
          rulesVersion: 'r1',
          code: 'RULE',
          reason: 'not a frontal chest radiograph',
          attempts: 0,
          summary: { Modality: 'CT' },
          timingsMs: {},
          arrivedAt: clock.now(),
          settledAt: clock.now(),
        });
      });

      it('keeps a failed row for an arrival that cannot be described', () => {
        arrive('a', 1, { ...skippedByRule, failure: 'MISSING_UID' });
        assert.equal(reader.image('a-a')?.state, 'failed');
        assert.equal(reader.image('a-a')?.code, 'MISSING_UID');
      });

      it('keeps one pending row per job', () => {
        arrive('a', 1, accepted(exampleJob('1'), exampleJob('2', 'unet')));
        assert.deepEqual(reader.image('2'), {
          id: '2',
          orthancId: 'a',
          source: { ...exampleJob('1').source, studyOrthancId: 'study' },
          state: 'pending',
          model: 'unet',
          modelVersion: '1.0.0',
          palette: 'magenta',
          strength: 1,
          rule: 'frontal-chest',
          rulesVersion: 'r1',
          reason: 'Modality in [CR, DX]',
          attempts: 0,
          summary: { Modality: 'DX' },
          timingsMs: {},
          arrivedAt: clock.now(),
        });
      });

      it('updates the row of a skipped image that arrives again', () => {
        arrive('a', 1, skippedByRule);
        arrive('a', 2, {
          ...skippedByRule,
          reason: 'no rule of today wants it',
          rulesVersion: 'r2',
        });
        assert.equal(reader.image('a-a')?.rulesVersion, 'r2');
        assert.equal(reader.balance().skipped, 1);
      });

      it('keeps why an image was decided so, beside its row', () => {
        const routed = {
          ...accepted(exampleJob('1'), exampleJob('2')),
          explanation: example('DX'),
        };
        arrive('a', 1, routed);
        const decidedAt = clock.now();
        clock.advance(1000);
        ledger.record('1', stored);
        const kept = {
          rule: 'frontal-chest',
          rulesVersion: 'r1',
          reason: 'Modality in [CR, DX]',
          decidedAt,
          explanation: example('DX'),
          shortened: false,
        };
        assert.deepEqual(reader.decision('1'), kept);
        assert.deepEqual(reader.decision('2'), kept);
        assert.equal(reader.decision('3'), undefined);
      });

      it('has no explanation where no rule was asked', () => {
        arrive('a', 1, skippedByRule);
        const { rule, reason, rulesVersion } = skippedByRule;
        assert.deepEqual(reader.decision('a-a'), { rule, reason, rulesVersion });
      });

      it('explains the latest decision that counts for a row', () => {
        const decided = (rulesVersion: string, read: string) => ({
          ...accepted(exampleJob('1')),
          rulesVersion,
          explanation: example(read),
        });
        const said = () => {
          const { rulesVersion, explanation } = reader.decision('1') ?? {};
          return { rulesVersion, explanation };
        };
        arrive('a', 1, decided('r1', 'DX'));
        arrive('a', 2, decided('r2', 'CR'));
        // What is under way was decided by the first.
        assert.deepEqual(said(), { rulesVersion: 'r1', explanation: example('DX') });
        ledger.record('1', stored);
        arrive('a', 3, decided('r3', 'CR'));
        assert.deepEqual(said(), { rulesVersion: 'r3', explanation: example('CR') });
        ledger.record('1', stored);
        arrive('a', 4, accepted(exampleJob('1')));
        assert.equal(said().explanation, undefined);
      });

      it('forgets the explanation with its row', () => {
        arrive('a', 1, { ...skippedByRule, explanation: example('CT') });
        ledger.prune(new Date(clock.now().getTime() + 1), 10);
        assert.equal(reader.decision('a-a'), undefined);
        arrive('a', 2, skippedByRule);
        assert.equal(reader.decision('a-a')?.explanation, undefined);
      });

      it('keeps no more of an explanation than fits', () => {
        const [clause] = example('DX').parts;
        const rules = Array.from({ length: 500 }, (_, n) => ({
          ...example('DX'),
          text: `rule '${n}'`,
          parts: [clause, clause],
        }));
        const whole = { kind: 'any', text: 'first match of', truth: 'true', parts: rules } as const;
        arrive('a', 1, { ...skippedByRule, explanation: whole });
        const { explanation, shortened } = reader.decision('a-a') ?? {};
        assert.equal(shortened, true);
        assert.deepEqual(explanation, { ...whole, parts: rules.slice(-1) });
      });

      it('replaces a skipped row by jobs when the rules have changed their mind', () => {
        arrive('a', 1, skippedByRule);
        arrive('a', 2, accepted(exampleJob('1')));
        assert.deepEqual(listed(), ['1']);
      });

      it('does a stored job again when its image arrives again', () => {
        arrive('a', 1, accepted(exampleJob('1')));
        publishAll();
        ledger.record('1', stored);
        arrive('a', 2, accepted(exampleJob('1')));
        const row = reader.image('1');
        assert.equal(row?.state, 'pending');
        assert.equal(row.output, undefined);
        assert.equal(row.settledAt, undefined);
        assert.deepEqual(row.arrivedAt, clock.now());
        assert.deepEqual(publishAll(), ['1']);
      });

      it('offers a pending job again when its image arrives again, with its attempts kept', () => {
        arrive('a', 1, accepted(exampleJob('1')));
        publishAll();
        ledger.record('1', pacsAway);
        arrive('a', 2, accepted(exampleJob('1')));
        assert.equal(reader.image('1')?.attempts, 1);
        assert.deepEqual(reader.image('1')?.arrivedAt, clock.now());
        assert.deepEqual(publishAll(), ['1']);
        assert.deepEqual(publishAll(), []);
      });
    });

    describe('outbox', () => {
      it('offers pending jobs whole, oldest first, until they are marked', () => {
        arrive('a', 1, accepted(exampleJob('2')));
        arrive('b', 2, accepted(exampleJob('1')));
        assert.deepEqual(ledger.unpublished(10), [exampleJob('2'), exampleJob('1')]);
        ledger.markPublished(['2']);
        assert.deepEqual(ledger.unpublished(10), [exampleJob('1')]);
      });

      it('offers a job when its time has come, and shows until when it waits', () => {
        const notBefore = new Date(clock.now().getTime() + 3_600_000);
        arrive('a', 1, { ...accepted(exampleJob('1')), notBefore });
        arrive('b', 2, accepted(exampleJob('2')));
        assert.deepEqual(publishAll(), ['2']);
        assert.deepEqual(reader.image('1')?.notBefore, notBefore);
        assert.equal(reader.image('2')?.notBefore, undefined);
        clock.advance(3_600_000);
        assert.deepEqual(publishAll(), ['1']);
      });

      it('lets a waiting job wait no longer than its latest decision says', () => {
        const inHours = (hours: number) => ({
          notBefore: new Date(clock.now().getTime() + hours * 3_600_000),
        });
        arrive('a', 1, { ...accepted(exampleJob('1'), exampleJob('2')), ...inHours(2) });
        arrive('a', 2, { ...accepted(exampleJob('1')), ...inHours(3) });
        arrive('a', 3, accepted(exampleJob('2')));
        assert.deepEqual(publishAll(), ['2']);
        clock.advance(2 * 3_600_000);
        assert.deepEqual(publishAll(), ['1']);
      });

      it('offers again what arrived before a date and is still pending', () => {
        arrive('a', 1, accepted(exampleJob('1')));
        arrive('b', 2, accepted(exampleJob('2')));
        const then = clock.now();
        arrive('c', 3, accepted(exampleJob('3')));
        publishAll();
        ledger.record('2', stored);
        clock.advance(1000);
        assert.equal(ledger.offerAgain(new Date(then.getTime() + 1)), 1);
        assert.deepEqual(publishAll(), ['1']);
      });

      it('marks only what it offered last', () => {
        arrive('a', 1, accepted(exampleJob('1'), exampleJob('2')));
        ledger.unpublished(1);
        ledger.markPublished(['1', '2', 'unknown']);
        assert.deepEqual(publishAll(), ['2']);
      });

      it('publishes again what was reopened while its publication was under way', () => {
        arrive('a', 1, accepted(exampleJob('1')));
        const [job] = ledger.unpublished(10);
        ledger.record('1', stored);
        arrive('a', 2, accepted(exampleJob('1')));
        ledger.markPublished([job?.id ?? '']);
        assert.deepEqual(publishAll(), ['1']);
      });
    });

    describe('an image that was deleted and sent again', () => {
      const gone: Outcome = {
        outcome: 'skipped',
        code: 'SOURCE_GONE',
        reason: 'deleted',
        timingsMs: {},
      };

      it('is done again though news of the first time come late', () => {
        arrive('a', 1, accepted(exampleJob('1')));
        publishAll();
        arrive('a', 2, accepted(exampleJob('1')));
        ledger.record('1', gone);
        assert.deepEqual(publishAll(), ['1']);
        ledger.record('1', stored);
        assert.equal(reader.image('1')?.state, 'stored');
        assert.deepEqual(publishAll(), []);
      });

      it('is not offered twice because it was quicker than its confirmation', () => {
        arrive('a', 1, accepted(exampleJob('1')));
        ledger.unpublished(10);
        ledger.record('1', stored);
        assert.deepEqual(publishAll(), []);
      });
    });

    it('measures each model by the pictures that went all the way', () => {
      const took = (total: number, infer?: number): Outcome => ({
        ...stored,
        timingsMs: { total, ...(infer === undefined ? {} : { infer }) },
      });
      const jobs = ['1', '2', '3', '4'].map((id) =>
        exampleJob(id, id === '4' ? 'tint' : undefined),
      );
      arrive('a', 1, accepted(...jobs));
      ledger.record('1', took(1000, 100));
      ledger.record('2', took(2000, 300));
      ledger.record('3', took(5));
      ledger.record('4', broken);
      assert.deepEqual(reader.measured(), [
        { model: 'evidence', images: 2, totalMs: 1500, inferMs: 200 },
      ]);
    });

    describe('outcomes', () => {
      beforeEach(() => {
        arrive('a', 1, accepted(exampleJob('1')));
        publishAll();
        clock.advance(1000);
      });

      it('records what was stored, with its output, probability and timings', () => {
        ledger.record('1', stored);
        const row = reader.image('1');
        assert.equal(row?.state, 'stored');
        assert.deepEqual(row.output, { SeriesInstanceUID: '2.25.1', SOPInstanceUID: '2.25.2' });
        assert.equal(row.probability, 0.75);
        assert.deepEqual(row.timingsMs, { infer: 80 });
        assert.equal(row.attempts, 1);
        assert.deepEqual(row.settledAt, clock.now());
        assert.equal(row.reason, 'Modality in [CR, DX]');
      });

      it('keeps a job pending after a retry, with the code and reason of its last attempt', () => {
        ledger.record('1', pacsAway);
        ledger.record('1', { ...pacsAway, reason: 'still refused' });
        const row = reader.image('1');
        assert.equal(row?.state, 'pending');
        assert.equal(row.code, 'PACS_UNAVAILABLE');
        assert.equal(row.reason, 'still refused');
        assert.equal(row.attempts, 2);
        assert.equal(row.settledAt, undefined);
      });

      it('forgets the trouble on the way once the job is stored', () => {
        ledger.record('1', pacsAway);
        ledger.record('1', stored);
        assert.equal(reader.image('1')?.code, undefined);
      });

      it('keeps a stored image stored when a duplicate delivery reports later', () => {
        ledger.record('1', stored);
        for (const late of [alreadyStored, pacsAway, broken, noLungs]) ledger.record('1', late);
        assert.equal(reader.image('1')?.state, 'stored');
      });

      it('does not reopen a failed row by a late retry', () => {
        ledger.record('1', broken);
        ledger.record('1', pacsAway);
        assert.equal(reader.image('1')?.code, 'TRUNCATED');
      });

      it('ignores the outcome of an unknown job', () => {
        ledger.record('unknown', stored);
        assert.equal(reader.balance().stored, 0);
      });
    });

    describe('the oldest that waits', () => {
      it('is none at first and once all is settled', () => {
        assert.equal(reader.oldestWaiting(), undefined);
        arrive('a', 1, accepted(exampleJob('1')));
        ledger.record('1', stored);
        arrive('b', 2, skippedByRule);
        assert.equal(reader.oldestWaiting(), undefined);
      });

      it('is a pending image or an undecided arrival, whichever came first', () => {
        clock.advance(1000);
        ledger.admit([{ orthancId: 'undecided', seq: 1 }], 1);
        const first = clock.now();
        arrive('a', 2, accepted(exampleJob('1')));
        const second = clock.now();
        assert.deepEqual(reader.oldestWaiting(), first);
        ledger.decide('undecided', skippedByRule);
        assert.deepEqual(reader.oldestWaiting(), second);
        ledger.record('1', pacsAway);
        assert.deepEqual(reader.oldestWaiting(), second);
      });

      it('is no image that is left alone until later, before its time has come', () => {
        const notBefore = new Date(clock.now().getTime() + 3_600_000);
        arrive('a', 1, { ...accepted(exampleJob('1')), notBefore });
        assert.equal(reader.oldestWaiting(), undefined);
        clock.advance(2 * 3_600_000);
        assert.deepEqual(reader.oldestWaiting(), notBefore);
      });
    });

    describe('reopening', () => {
      it('brings a failed job back, to be published again', () => {
        arrive('a', 1, accepted(exampleJob('1')));
        publishAll();
        ledger.record('1', broken);
        assert.equal(reader.reopen('1'), true);
        assert.equal(reader.image('1')?.state, 'pending');
        assert.equal(reader.image('1')?.attempts, 0);
        assert.deepEqual(publishAll(), ['1']);
      });

      it('brings a job back that was skipped for what the picture is', () => {
        arrive('a', 1, accepted(exampleJob('1')));
        ledger.record('1', noLungs);
        assert.equal(reader.reopen('1'), true);
      });

      it('routes an arrival without a job again', () => {
        arrive('a', 1, skippedByRule);
        assert.equal(reader.reopen('a-a'), true);
        assert.deepEqual(due(), ['a']);
        assert.equal(reader.image('a-a'), undefined);
        assert.equal(reader.balance().undecided, 1);
      });

      it('leaves pending, stored and unknown rows alone', () => {
        arrive('a', 1, accepted(exampleJob('1'), exampleJob('2')));
        ledger.record('2', stored);
        assert.deepEqual(
          ['1', '2', '3', 'a-a'].map((id) => reader.reopen(id)),
          Array(4).fill(false),
        );
      });
    });

    describe('withdrawal', () => {
      const output = { SeriesInstanceUID: '2.25.1', SOPInstanceUID: '2.25.2' };
      beforeEach(() => {
        arrive('a', 1, accepted(exampleJob('1'), exampleJob('2')));
        publishAll();
        ledger.record('1', stored);
        clock.advance(1000);
      });

      it('marks a stored row as skipped for good, without its output', () => {
        assert.equal(ledger.withdraw('1', 'evidence 1.0.0 withdrawn'), true);
        const row = reader.image('1');
        assert.equal(row?.state, 'skipped');
        assert.equal(row.code, 'WITHDRAWN');
        assert.equal(row.reason, 'evidence 1.0.0 withdrawn');
        assert.equal(row.output, undefined);
        assert.deepEqual(row.settledAt, clock.now());
        assert.equal(reader.balance().skipped, 1);
      });

      it('touches no row that is not stored', () => {
        assert.deepEqual(
          ['2', 'a-a', 'unknown'].map((id) => ledger.withdraw(id, 'withdrawn')),
          [false, false, false],
        );
        ledger.withdraw('1', 'withdrawn');
        assert.equal(ledger.withdraw('1', 'again'), false);
        assert.equal(reader.image('1')?.reason, 'withdrawn');
      });

      it('is not undone by the rules when the image arrives again', () => {
        ledger.withdraw('1', 'withdrawn');
        arrive('a', 2, accepted(exampleJob('1')));
        assert.equal(reader.image('1')?.code, 'WITHDRAWN');
        assert.deepEqual(publishAll(), []);
      });

      it('is undone when somebody asks for the image, once', () => {
        ledger.withdraw('1', 'withdrawn');
        ledger.askFor(['a']);
        assert.deepEqual(due(), ['a']);
        ledger.decide('a', accepted(exampleJob('1')));
        assert.equal(reader.image('1')?.state, 'pending');
        assert.equal(reader.image('1')?.code, undefined);
        assert.deepEqual(publishAll(), ['1']);
        ledger.record('1', stored);
        ledger.withdraw('1', 'withdrawn again');
        arrive('a', 3, accepted(exampleJob('1')));
        assert.equal(reader.image('1')?.code, 'WITHDRAWN');
      });

      it('ends also what was offered to the queue again', () => {
        arrive('a', 2, accepted(exampleJob('2')));
        ledger.record('2', stored);
        ledger.withdraw('2', 'withdrawn');
        assert.deepEqual(publishAll(), []);
      });

      it('is undone by a retry', () => {
        ledger.withdraw('1', 'withdrawn');
        assert.equal(reader.reopen('1'), true);
        assert.deepEqual(publishAll(), ['1']);
      });

      it('gives way to a late duplicate that stored the image again, to nothing else', () => {
        ledger.withdraw('1', 'withdrawn');
        for (const late of [broken, noLungs, pacsAway]) ledger.record('1', late);
        assert.equal(reader.image('1')?.code, 'WITHDRAWN');
        ledger.record('1', stored);
        assert.equal(reader.image('1')?.state, 'stored');
        assert.deepEqual(reader.image('1')?.output, output);
      });

      it('is never forgotten', () => {
        ledger.withdraw('1', 'withdrawn');
        clock.advance(1000);
        ledger.prune(clock.now(), 10);
        assert.equal(reader.image('1')?.code, 'WITHDRAWN');
      });

      it('queues a stored row again, and no other', () => {
        ledger.announceRedo('1');
        assert.equal(reader.image('1')?.code, 'REDO');
        assert.equal(reader.image('1')?.state, 'stored');
        assert.equal(ledger.requeue('1'), true);
        const row = reader.image('1');
        assert.equal(row?.state, 'pending');
        assert.equal(row.code, undefined);
        assert.equal(row.output, undefined);
        assert.equal(row.settledAt, undefined);
        assert.deepEqual(publishAll(), ['1']);
        assert.equal(ledger.requeue('1'), false);
        assert.equal(ledger.requeue('2'), false);
      });

      it('asks for an image that was never admitted, and for one that is decided', () => {
        ledger.askFor(['new', 'a']);
        assert.deepEqual([...due()].sort(), ['a', 'new']);
        ledger.decide('new', skippedByRule);
        ledger.decide('a', accepted(exampleJob('1')));
        assert.equal(reader.image('1')?.state, 'pending');
      });
    });

    describe('balance', () => {
      beforeEach(() => {
        arrive(
          'a',
          1,
          accepted(exampleJob('1'), exampleJob('2'), exampleJob('3'), exampleJob('4')),
        );
        ledger.record('1', stored);
        ledger.record('2', alreadyStored);
        ledger.record('3', broken);
        arrive('b', 2, skippedByRule);
        clock.advance(1000);
        ledger.admit([{ orthancId: 'c', seq: 3 }], 3);
      });

      it('counts every row once', () => {
        const balance = { undecided: 1, pending: 1, stored: 2, skipped: 1, failed: 1 };
        assert.deepEqual(reader.balance(), balance);
      });

      it('counts an image that arrives again once, at its new time', () => {
        clock.advance(3 * 3_600_000);
        const before = clock.now();
        arrive('a', 4, accepted(exampleJob('1')));
        const balance = { undecided: 0, pending: 1, stored: 0, skipped: 0, failed: 0 };
        assert.deepEqual(reader.balance(before), balance);
        assert.equal(reader.balance().stored, 1);
      });

      it('counts whole hours and the rest of one', () => {
        const before = clock.now();
        for (const [index, id] of ['d', 'e', 'f'].entries()) {
          clock.advance(3_600_000);
          arrive(id, 10 + index, skippedByRule);
        }
        const skippedSince = (hours: number) =>
          reader.balance(new Date(before.getTime() + hours * 3_600_000)).skipped;
        assert.deepEqual([0, 1, 2, 2.5, 3, 4].map(skippedSince), [3, 3, 2, 1, 1, 0]);
        assert.equal(reader.balance(new Date(clock.now().getTime() + 1)).skipped, 0);
      });

      it('counts what arrived since a date', () => {
        const balance = { undecided: 1, pending: 0, stored: 0, skipped: 1, failed: 0 };
        assert.deepEqual(reader.balance(new Date(clock.now().getTime() - 1000)), balance);
      });
    });

    describe('lists', () => {
      beforeEach(() => {
        arrive('a', 1, accepted(exampleJob('10')));
        arrive('b', 2, accepted(exampleJob('11', 'unet'), exampleJob('12')));
        arrive('c', 3, skippedByRule);
        ledger.record('11', stored);
      });

      it('leave out what we stored ourselves when asked to', () => {
        arrive('own', 9, { ...skippedByRule, skip: 'OWN_OUTPUT' });
        const ids = (withoutOwnOutput: boolean) =>
          reader.images({ withoutOwnOutput, limit: 100 }).map(({ id }) => id);
        assert.ok(ids(false).includes('a-own'));
        assert.deepEqual(
          ids(true),
          ids(false).filter((id) => id !== 'a-own'),
        );
      });

      it('lists the newest first', () => {
        assert.deepEqual(listed(), ['a-c', '12', '11', '10']);
      });

      it('pages without gap or repetition, also through rows of one moment', () => {
        assert.deepEqual(listed({ limit: 2 }), ['a-c', '12']);
        assert.deepEqual(listed({ limit: 2, before: '12' }), ['11', '10']);
        assert.deepEqual(listed({ before: '10' }), []);
        assert.deepEqual(listed({ before: 'unknown' }), []);
      });

      it('filters by state, by model and by both', () => {
        assert.deepEqual(listed({ state: 'pending' }), ['12', '10']);
        assert.deepEqual(listed({ model: 'evidence' }), ['12', '10']);
        assert.deepEqual(listed({ model: 'unet', state: 'pending' }), []);
        assert.deepEqual(listed({ model: 'unet', state: 'stored' }), ['11']);
      });

      it('filters by rule and by the time of arrival', () => {
        assert.deepEqual(listed({ rule: 'everything-else' }), ['a-c']);
        assert.deepEqual(listed({ rule: 'frontal-chest', state: 'stored' }), ['11']);
        assert.deepEqual(listed({ rule: 'no such rule' }), []);
        const [since, until] = [1000, 0].map((ms) => new Date(clock.now().getTime() - ms));
        assert.deepEqual(listed({ since, until }), ['12', '11']);
        assert.deepEqual(listed({ since: until }), ['a-c']);
        assert.deepEqual(listed({ until: since }), ['10']);
      });

      it('names the rules that rows were decided by', () => {
        arrive('d', 4, { ...skippedByRule, rule: '' });
        assert.deepEqual(reader.rules(), ['everything-else', 'frontal-chest']);
      });

      it('filters by studies of one patient each', () => {
        arrive('a', 1, accepted(exampleJob('1')));
        arrive('b', 2, accepted(exampleJob('2')));
        const of = (id: string, studyOrthancId = 'study') => ({
          StudyInstanceUID: `1.2.${id}`,
          studyOrthancId,
        });
        assert.deepEqual(listed({ studies: [of('1'), of('9')] }), ['1']);
        assert.deepEqual(listed({ studies: [of('1'), of('2')] }), ['2', '1']);
        assert.deepEqual(listed({ studies: [of('1', "another patient's")] }), []);
        assert.deepEqual(listed({ studies: [] }), []);
      });

      it('filters by the start of any UID', () => {
        assert.deepEqual(listed({ uid: '1.2.10' }), ['10']);
        assert.deepEqual(listed({ uid: '1.3.11' }), ['12', '11']);
        assert.deepEqual(listed({ uid: '1.4.1', state: 'stored' }), ['11']);
        assert.deepEqual(listed({ uid: '9' }), []);
        assert.deepEqual(listed({ uid: '%' }), []);
      });
    });

    describe('the work of each hour', () => {
      const hourMs = 3_600_000;
      const hours = (since: Date) =>
        reader.hours(since).map(({ hour, ...rest }) => ({ at: hour.getTime(), ...rest }));
      const none = { stored: 0, skipped: 0, failed: 0, pending: 0, finished: 0 };

      it('counts arrivals by their state of now, and what was finished, where it happened', () => {
        const first = clock.now();
        arrive('a', 1, accepted(exampleJob('1'), exampleJob('2'), exampleJob('3')));
        arrive('b', 2, skippedByRule);
        ledger.record('2', broken);
        clock.advance(2 * hourMs);
        ledger.record('1', stored);
        const [zero, two] = [first.getTime(), first.getTime() + 2 * hourMs];
        const latency = { images: 1, medianMs: 2 * hourMs + 1000, p95Ms: 2 * hourMs + 1000 };
        assert.deepEqual(hours(first), [
          { at: zero, ...none, stored: 1, skipped: 1, failed: 1, pending: 1, latency },
          { at: two, ...none, finished: 1 },
        ]);
        assert.deepEqual(hours(new Date(two + 1)), [{ at: two, ...none, finished: 1 }]);
        assert.deepEqual(hours(new Date(two + hourMs)), []);
      });

      it('gives median and 95th percentile by nearest rank', () => {
        const ids = Array.from({ length: 20 }, (_, index) => String(index + 1));
        arrive('a', 1, accepted(...ids.map((id) => exampleJob(id))));
        for (const id of ids) {
          clock.advance(1000);
          ledger.record(id, stored);
        }
        const [hour] = reader.hours(new Date(0));
        assert.deepEqual(hour?.latency, { images: 20, medianMs: 10_000, p95Ms: 19_000 });
      });

      it('measures from the time that a rule waits for, and leaves out what went its way twice', () => {
        const notBefore = new Date(clock.now().getTime() + 60_000);
        arrive('a', 1, { ...accepted(exampleJob('1')), notBefore });
        arrive('b', 2, accepted(exampleJob('2')));
        ledger.record('2', broken);
        reader.reopen('2');
        clock.advance(61_000);
        ledger.record('1', stored);
        ledger.record('2', stored);
        const [hour] = reader.hours(new Date(0));
        assert.deepEqual(hour?.latency, { images: 1, medianMs: 3000, p95Ms: 3000 });
        assert.equal(hour.stored, 2);
      });
    });

    describe('retention', () => {
      it('forgets old stored and skipped rows and keeps pending and failed ones', () => {
        arrive('a', 1, accepted(exampleJob('1'), exampleJob('2'), exampleJob('3')));
        ledger.record('1', stored);
        ledger.record('2', broken);
        arrive('b', 2, skippedByRule);
        clock.advance(1000);
        const limit = clock.now();
        arrive('c', 3, skippedByRule);
        assert.equal(ledger.prune(limit, 100), 2);
        assert.deepEqual(listed(), ['a-c', '3', '2']);
      });

      it('removes at most as many rows as asked', () => {
        for (const [index, id] of ['a', 'b', 'c'].entries()) arrive(id, index + 1, skippedByRule);
        clock.advance(1000);
        assert.equal(ledger.prune(clock.now(), 2), 2);
        assert.equal(ledger.prune(clock.now(), 2), 1);
        assert.equal(ledger.prune(clock.now(), 2), 0);
      });

      it('decides a forgotten image anew when it arrives again', () => {
        arrive('a', 1, skippedByRule);
        clock.advance(1000);
        ledger.prune(clock.now(), 10);
        ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
        assert.deepEqual(due(), ['a']);
      });
    });
  });
}
