import assert from 'node:assert/strict';
import { createMemoryRulesHistory } from '../../src/adapters/memory/memory-rules-history.js';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteRulesHistory } from '../../src/adapters/sqlite/sqlite-rules-history.js';
import { mostEditions, type RulesHistory } from '../../src/ports/rules-history.js';
import { temporaryFolder } from '../support/process.js';
import { FakeClock } from './ledger-contract.js';

const edition = (version: string) => ({
  version,
  textHash: `t-${version}`,
  origin: 'file' as const,
  rules: 3,
});

/** Facts that hold for every history of the rules. */
function historyContract(name: string, open: (now: () => Date) => RulesHistory): void {
  describe(`RulesHistory contract: ${name}`, () => {
    let clock: FakeClock;
    let history: RulesHistory;

    beforeEach(() => {
      clock = new FakeClock();
      history = open(clock.now);
    });

    it('is empty at first', () => {
      assert.equal(history.latest(), undefined);
      assert.deepEqual(history.editions(10), []);
      assert.equal(history.edition(1), undefined);
      assert.equal(history.text(1), undefined);
    });

    it('keeps who, when, why and every character', () => {
      const given = { ...edition('a'), origin: 'console' as const, by: 'Ada', note: 'amber' };
      const added = history.add(given, 'rules: [] # größer\n');
      assert.deepEqual(added, { ...given, id: 1, inForceSince: clock.now() });
      clock.advance(1000);
      history.add(edition('b'), 'rules: [b]');
      assert.deepEqual(history.edition(1), added);
      assert.equal(history.text(1), 'rules: [] # größer\n');
      assert.deepEqual(history.latest(), { ...edition('b'), id: 2, inForceSince: clock.now() });
    });

    it('lists the newest first, page by page, and those that say the same', () => {
      for (const version of ['a', 'b', 'a', 'c']) history.add(edition(version), version);
      const ids = (...asked: Parameters<RulesHistory['editions']>) =>
        history.editions(...asked).map(({ id }) => id);
      assert.deepEqual(ids(3), [4, 3, 2]);
      assert.deepEqual(ids(3, { before: 2 }), [1]);
      assert.deepEqual(ids(3, { version: 'a' }), [3, 1]);
      assert.deepEqual(ids(3, { version: 'a', before: 3 }), [1]);
    });

    it('forgets the oldest where there are too many, and gives no number twice', () => {
      for (let n = 0; n < mostEditions + 2; n++) history.add(edition('a'), String(n));
      assert.equal(history.editions(mostEditions + 5).length, mostEditions);
      assert.equal(history.text(2), undefined);
      assert.equal(history.text(3), '2');
      assert.equal(history.latest()?.id, mostEditions + 2);
    });
  });
}

historyContract('memory', createMemoryRulesHistory);
historyContract('SQLite', (clock) => {
  const database = StateDatabase.openForWriting(temporaryFolder());
  after(() => {
    database.close();
  });
  return new SqliteRulesHistory(database, clock);
});
