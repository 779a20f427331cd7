import assert from 'node:assert/strict';
import { MemoryLedger } from '../../src/adapters/memory/memory-ledger.js';
import { MemoryShadowBook } from '../../src/adapters/memory/memory-shadow-book.js';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteLedger } from '../../src/adapters/sqlite/sqlite-ledger.js';
import { SqliteShadowBook } from '../../src/adapters/sqlite/sqlite-shadow-book.js';
import type { ShadowFigures, ShadowResult } from '../../src/domain/shadow.js';
import type { Ledger } from '../../src/ports/ledger.js';
import { keptPerPair, type ShadowBook } from '../../src/ports/shadow-book.js';
import { temporaryFolder } from '../support/process.js';
import { accepted, exampleJob, FakeClock, stored } from './ledger-contract.js';

const figures: ShadowFigures = {
  stored: { probability: 0.75, colouredShare: 0.1, meanChroma: 1.5, maxChroma: 20 },
  shadow: { colouredShare: 0.2, meanChroma: 2.5, maxChroma: 22 },
  dice: 0.5,
  iou: 1 / 3,
  deltaChroma: 1.25,
};
const beside = { model: 'evidence', modelVersion: '1.0.0' };
const shadow = { model: 'evidence', modelVersion: '1.3.0' };
const pair = { stored: beside, shadow };
const result = (jobId: string, more: Partial<ShadowResult> = {}): ShadowResult => ({
  ...pair,
  jobId,
  inferMs: 80,
  figures,
  ...more,
});

interface Bench {
  readonly ledger: Ledger;
  readonly book: ShadowBook;
}

const benches: Readonly<Record<string, (now: () => Date) => Bench>> = {
  memory(now) {
    const ledger = new MemoryLedger(now);
    return { ledger, book: new MemoryShadowBook(ledger, now) };
  },
  SQLite(now) {
    const database = StateDatabase.openForWriting(temporaryFolder());
    return {
      ledger: new SqliteLedger(database, now),
      book: new SqliteShadowBook(database, now),
    };
  },
};

for (const [name, open] of Object.entries(benches)) {
  describe(`ShadowBook contract: ${name}`, () => {
    let clock: FakeClock;
    let ledger: Ledger;
    let book: ShadowBook;
    beforeEach(() => {
      clock = new FakeClock();
      ({ ledger, book } = open(clock.now));
      for (const [index, id] of ['1', '2', '3'].entries()) {
        ledger.admit([{ orthancId: id, seq: index + 1 }], index + 1);
        ledger.decide(id, accepted(exampleJob(id)));
        ledger.record(id, stored);
      }
    });
    afterEach(() => {
      ledger.close();
    });

    it('keeps what a picture came to, and the newest first', () => {
      book.record(result('1'));
      const first = clock.now();
      clock.advance(1000);
      const fault = { ...pair, jobId: '2', inferMs: 3, code: 'MODEL_FAILED' };
      book.record(fault);
      assert.deepEqual(book.rows(pair, 10), [
        { ...fault, at: clock.now() },
        { ...result('1'), at: first },
      ]);
      assert.deepEqual(
        book.rows(pair, 1).map(({ jobId }) => jobId),
        ['2'],
      );
    });

    it('has one row for an image and a shadow, however often it is told', () => {
      book.record(result('1'));
      book.record(result('1', { inferMs: 90 }));
      assert.deepEqual(
        book.rows(pair, 10).map(({ inferMs }) => inferMs),
        [90],
      );
    });

    it('tells pairs apart, in the order of their names', () => {
      const other = { model: 'autoencoder', modelVersion: '1.0.0' };
      book.record(result('1'));
      book.record(result('1', { shadow: other }));
      book.record(result('2', { shadow: other }));
      assert.deepEqual(book.pairs(), [{ stored: beside, shadow: other }, pair]);
      assert.equal(book.rows({ stored: beside, shadow: other }, 10).length, 2);
      assert.equal(book.rows({ stored: shadow, shadow: beside }, 10).length, 0);
    });

    it('keeps nothing of an image that the ledger does not know', () => {
      book.record(result('unheard-of'));
      assert.deepEqual([book.pairs(), book.rows(pair, 10)], [[], []]);
    });

    it('forgets with the image', () => {
      book.record(result('1'));
      clock.advance(1000);
      ledger.prune(clock.now(), 10);
      assert.deepEqual([book.pairs(), book.rows(pair, 10)], [[], []]);
    });
  });
}

describe('shadows on disk', () => {
  it('keeps the newest rows of each pair, and no more', function () {
    this.timeout(30_000);
    const database = StateDatabase.openForWriting(temporaryFolder());
    const now = () => new Date();
    const book = new SqliteShadowBook(database, now);
    database.transaction(() => {
      for (let index = 0; index < keptPerPair + 2; index++) {
        database.run(
          `INSERT INTO images (id, orthancId, state, rule, rulesVersion, decision, summary, arrivedAt)
           VALUES (:id, :id, 'stored', '', '', '', '{}', 0)`,
          { id: `i${index}` },
        );
      }
    });
    for (let index = 0; index < keptPerPair + 2; index++) book.record(result(`i${index}`));
    const rows = book.rows(pair, keptPerPair * 2);
    assert.equal(rows.length, keptPerPair);
    assert.equal(rows.at(-1)?.jobId, 'i2');
    database.close();
  });
});
