import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteLedger } from '../../src/adapters/sqlite/sqlite-ledger.js';
import { temporaryFolder } from '../support/process.js';

const script = join(import.meta.dirname, '../../../scripts/backup-ledger.mjs');
const now = () => new Date('2026-03-01T12:00:00Z');

function backUp(folder: string, target: string) {
  return spawnSync(process.execPath, [script, folder, target], { encoding: 'utf8' });
}

describe('scripts/backup-ledger.mjs', () => {
  it('copies the state of a running service, which a new folder then goes on from', () => {
    const folder = temporaryFolder();
    const ledger = new SqliteLedger(StateDatabase.openForWriting(folder), now);
    ledger.admit([{ orthancId: 'before', seq: 41 }], 41);
    const target = join(temporaryFolder(), 'ledger.db');
    const { status, stderr } = backUp(folder, target);
    assert.equal(status, 0, stderr);
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

  it('never writes over a file, and names what is missing', () => {
    const folder = temporaryFolder();
    const target = join(folder, 'colouriser.db');
    assert.match(backUp(folder, join(folder, 'new.db')).stderr, /does not exist/);
    new SqliteLedger(StateDatabase.openForWriting(folder), now).close();
    const refused = backUp(folder, target);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /name a new file/);
  });
});
