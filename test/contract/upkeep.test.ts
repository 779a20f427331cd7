import assert from 'node:assert/strict';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteAudit } from '../../src/adapters/sqlite/sqlite-audit.js';
import { SqliteLedger } from '../../src/adapters/sqlite/sqlite-ledger.js';
import { SqliteLedgerReader } from '../../src/adapters/sqlite/sqlite-ledger-reader.js';
import { SqliteTaskBook } from '../../src/adapters/sqlite/sqlite-task-book.js';
import { SqliteUpkeep } from '../../src/adapters/sqlite/sqlite-upkeep.js';
import type { Job } from '../../src/domain/job.js';
import { emptyReport } from '../../src/domain/sweep.js';
import { temporaryFolder } from '../support/process.js';
import {
  accepted,
  broken,
  exampleJob,
  FakeClock,
  skippedByRule,
  stored,
} from './ledger-contract.js';

describe('work on many rows, in SQLite', () => {
  let clock: FakeClock;
  let database: StateDatabase;
  let ledger: SqliteLedger;
  let upkeep: SqliteUpkeep;
  let book: SqliteTaskBook;

  beforeEach(() => {
    clock = new FakeClock();
    database = StateDatabase.openForWriting(temporaryFolder());
    ledger = new SqliteLedger(database, clock.now);
    upkeep = new SqliteUpkeep(database);
    book = new SqliteTaskBook(database, clock.now);
  });
  afterEach(() => {
    database.close();
  });

  const arrive = (orthancId: string, ...jobs: readonly Job[]) => {
    clock.advance(1000);
    ledger.admit([{ orthancId, seq: 1 }], 1);
    ledger.decide(orthancId, jobs.length > 0 ? accepted(...jobs) : skippedByRule);
  };
  const store = (...ids: readonly string[]) => {
    for (const id of ids) ledger.record(id, stored);
  };
  const version2 = (job: Job): Job => ({
    ...job,
    rendering: { ...job.rendering, modelVersion: '2.0.0' },
  });

  it('tells the fate of arrivals by what most wants an eye, and nothing of strangers', () => {
    arrive('stored', exampleJob('1'));
    arrive('pending', exampleJob('2'), exampleJob('3', 'unet'));
    arrive('failed', exampleJob('4'), exampleJob('5', 'unet'));
    arrive('skipped');
    clock.advance(1);
    ledger.admit([{ orthancId: 'undecided', seq: 9 }], 9);
    ledger.admit([{ orthancId: 'own', seq: 10 }], 10);
    ledger.decide('own', { ...skippedByRule, skip: 'OWN_OUTPUT' });
    store('1', '2', '4');
    ledger.record('5', broken);
    const ids = ['stored', 'pending', 'failed', 'skipped', 'undecided', 'own', 'stranger'];
    assert.deepEqual(Object.fromEntries(upkeep.fates(ids)), {
      stored: 'stored',
      pending: 'pending',
      failed: 'failed',
      skipped: 'skipped',
      undecided: 'pending',
      own: 'own',
    });
  });

  it('asks for more ids than one statement takes', () => {
    arrive('a');
    const many = Array.from({ length: 2500 }, (_, index) => `x${index}`);
    assert.deepEqual([...upkeep.fates([...many, 'a']).keys()], ['a']);
  });

  it('pages through stored rows of a time, study by study', () => {
    arrive('old', exampleJob('0'));
    store('0');
    clock.advance(60_000);
    const since = clock.now();
    for (const id of ['3', '1', '2']) arrive(id, exampleJob(id), exampleJob(`${id}u`, 'unet'));
    store('1', '1u', '2', '3', '3u');
    const seen: string[] = [];
    let behind = { StudyInstanceUID: '', id: '' };
    for (;;) {
      const page = upkeep.storedSince(since, behind, 2);
      seen.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (!last) break;
      behind = { StudyInstanceUID: last.source?.StudyInstanceUID ?? '', id: last.id };
    }
    assert.deepEqual(seen, ['1', '1u', '2', '3', '3u']);
  });

  it('selects and counts by model, version and time', () => {
    arrive('a', exampleJob('1'), exampleJob('2', 'unet'), version2(exampleJob('3')));
    arrive('b', exampleJob('4'), exampleJob('5'));
    store('1', '2', '3');
    clock.advance(60_000);
    const later = clock.now();
    store('4');
    const ids = (more: object, withdrawn = false) =>
      upkeep
        .selected({ model: 'evidence', version: '1.0.0', withdrawn, ...more }, '', 10)
        .map(({ id }) => id);
    assert.deepEqual(ids({}), ['1', '4']);
    assert.deepEqual(ids({ since: later }), ['4']);
    assert.deepEqual(ids({ until: later }), ['1']);
    assert.deepEqual(ids({ version: '2.0.0' }), ['3']);
    const all = { model: 'evidence', withdrawn: false };
    assert.deepEqual(
      upkeep.selected(all, '1', 1).map(({ id }) => id),
      ['3'],
    );
    ledger.withdraw('1', 'withdrawn');
    assert.deepEqual(ids({}), ['4']);
    assert.deepEqual(ids({}, true), ['1', '4']);
    assert.deepEqual(upkeep.count({ model: 'evidence', version: '1.0.0' }), {
      stored: 1,
      withdrawn: 1,
      pending: 1,
      studies: 1,
    });
  });

  it('takes up a task that was left, with its place, and begins another where anything differs', () => {
    const long = new Date(0);
    const first = book.begin('withdraw', { model: 'm' }, 'tester', long);
    assert.equal(first.place, undefined);
    book.save(first.id, { behind: '7' }, { withdrawn: 3 });
    const again = book.begin('withdraw', { model: 'm' }, 'somebody else', long);
    assert.equal(again.id, first.id);
    assert.deepEqual(again.place, { behind: '7' });
    assert.deepEqual(again.report, { withdrawn: 3 });
    assert.notEqual(book.begin('withdraw', { model: 'n' }, 'tester', long).id, first.id);
    assert.notEqual(book.begin('reprocess', { model: 'm' }, 'tester', long).id, first.id);
    clock.advance(1);
    assert.notEqual(book.begin('withdraw', { model: 'm' }, 'tester', clock.now()).id, first.id);
  });

  it('begins anew what came to its end', () => {
    const first = book.begin('sweep', {}, 'nightly', new Date(0));
    book.finish(first.id, emptyReport(clock.now()));
    assert.notEqual(book.begin('sweep', {}, 'nightly', new Date(0)).id, first.id);
    const left = { startedAt: clock.now(), isFinished: false };
    assert.deepEqual(book.last('sweep', 'nightly'), left);
    assert.equal(book.last('sweep', 'tester'), undefined);
  });

  it('shows the last sweep that came to its end', () => {
    const reader = new SqliteLedgerReader(database, clock.now);
    assert.equal(reader.lastSweep(), undefined);
    const report = { ...emptyReport(clock.now()), missing: 2 };
    book.finish(book.begin('sweep', {}, 'nightly', clock.now()).id, report);
    book.begin('sweep', { days: 2 }, 'tester', clock.now());
    assert.deepEqual(reader.lastSweep(), { endedAt: clock.now(), report });
  });

  it('writes one audit line for an act of a task, which nothing changes or removes', () => {
    arrive('a', exampleJob('1'));
    store('1');
    const reader = new SqliteLedgerReader(database, clock.now);
    const image = reader.image('1');
    assert.ok(image);
    const { id } = book.begin('withdraw', {}, 'tester', clock.now());
    for (const action of ['withdraw', 'withdraw', 'redo'] as const)
      book.audit(id, { action, image });
    const lines = new SqliteAudit(database, clock.now).after(0, 10);
    const { seal, ...first } = lines[0] ?? {};
    assert.match(seal ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(first, {
      seq: 1,
      at: clock.now(),
      action: 'image.withdraw',
      outcome: 'done',
      who: 'tester',
      kind: 'service',
      address: 'local',
      target: '1',
      details: {
        task: id,
        model: 'evidence',
        modelVersion: '1.0.0',
        StudyInstanceUID: '1.2.1',
        sourceSOPInstanceUID: '1.4.1',
        outputSeriesInstanceUID: '2.25.1',
        outputSOPInstanceUID: '2.25.2',
      },
    });
    assert.deepEqual(
      lines.map(({ action }) => action),
      ['image.withdraw', 'image.redo'],
    );
    for (const sql of ["UPDATE trail SET who = 'x'", 'DELETE FROM trail']) {
      assert.throws(() => database.run(sql), /append-only/);
    }
  });
});
