import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { copyDatabase, StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteLedger } from '../../src/adapters/sqlite/sqlite-ledger.js';
import { temporaryFolder } from '../support/process.js';

const now = () => new Date('2026-03-01T12:00:00Z');

describe('a copy of the ledger', () => {
  it('has the state of a running service, which a new folder then goes on from', () => {
    const folder = temporaryFolder();
    const ledger = new SqliteLedger(StateDatabase.openForWriting(folder), now);
    ledger.admit([{ orthancId: 'before', seq: 41 }], 41);
    const target = join(temporaryFolder(), 'ledger.db');
    copyDatabase(folder, target);
    assert.equal(statSync(target).mode & 0o777, 0o600);
    ledger.admit([{ orthancId: 'after', seq: 42 }], 42);
    assert.equal(ledger.cursor(), 42);
    ledger.close();

    const restored = join(temporaryFolder(), 'data');
    mkdirSync(restored);
    copyFileSync(target, join(restored, 'colouriser.db'));
    const again = new SqliteLedger(StateDatabase.openForWriting(restored), now);
    assert.equal(again.cursor(), 41);
    assert.deepEqual(
      again.dueArrivals(9).map(({ orthancId }) => orthancId),
      ['before'],
    );
    again.close();
  });

  it('is never written over a file, and needs something to copy', () => {
    const folder = temporaryFolder();
    const refused = (message: RegExp) => ({ code: 'CONFIG_INVALID', message });
    assert.throws(
      () => {
        copyDatabase(folder, join(folder, 'new.db'));
      },
      refused(/does not exist/),
    );
    new SqliteLedger(StateDatabase.openForWriting(folder), now).close();
    const target = join(folder, 'colouriser.db');
    assert.throws(
      () => {
        copyDatabase(folder, target);
      },
      refused(/name a new file/),
    );
  });
});
