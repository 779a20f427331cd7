import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { MemoryLedger } from '../../src/adapters/memory/memory-ledger.js';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteLedgerReader } from '../../src/adapters/sqlite/sqlite-ledger-reader.js';
import { SqliteLedger } from '../../src/adapters/sqlite/sqlite-ledger.js';
import { endChild, startChild, temporaryFolder } from '../support/process.js';
import { accepted, exampleJob, ledgerContract, skippedByRule, stored } from './ledger-contract.js';

const now = () => new Date();

ledgerContract('memory', (clock) => {
  const ledger = new MemoryLedger(clock);
  return { ledger, reader: ledger };
});

ledgerContract('SQLite', (clock) => {
  const database = StateDatabase.openForWriting(temporaryFolder());
  return {
    ledger: new SqliteLedger(database, clock),
    reader: new SqliteLedgerReader(database, clock),
  };
});

describe('the ledger on disk', () => {
  it('remembers everything after it was closed', () => {
    const folder = temporaryFolder();
    const first = new SqliteLedger(StateDatabase.openForWriting(folder), now);
    first.admit([{ orthancId: 'a', seq: 3 }], 3);
    first.decide('a', accepted(exampleJob('1')));
    first.close();
    const second = new SqliteLedger(StateDatabase.openForWriting(folder), now);
    assert.equal(second.cursor(), 3);
    assert.deepEqual(second.unpublished(10), [exampleJob('1')]);
    second.close();
  });

  it('synchronises each commit where a broker keeps the queue, and checkpoints alone where it does not', () => {
    const level = (outlivesPowerCuts: boolean) => {
      const database = StateDatabase.openForWriting(temporaryFolder(), { outlivesPowerCuts });
      const found = database.get<{ synchronous: number }>('PRAGMA synchronous')?.synchronous;
      database.close();
      return found;
    };
    // SQLite: 1 is NORMAL, 2 is FULL.
    assert.deepEqual([level(false), level(true)], [1, 2]);
  });

  it('undoes a decision that fails half way', () => {
    const database = StateDatabase.openForWriting(temporaryFolder());
    const ledger = new SqliteLedger(database, now);
    ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
    const unspeakable = { ...exampleJob('2'), id: null as unknown as string };
    assert.throws(
      () => {
        ledger.decide('a', accepted(exampleJob('1'), unspeakable));
      },
      {
        code: 'INTERNAL',
      },
    );
    assert.equal(ledger.dueArrivals(1).length, 1);
    assert.deepEqual(ledger.unpublished(1), []);
    ledger.close();
  });

  it('refuses a second writer with a message that names the file', async () => {
    const folder = temporaryFolder();
    const database = StateDatabase.openForWriting(folder);
    const refused = {
      code: 'QUEUE_UNAVAILABLE',
      message: /another process already writes .*colouriser\.db/,
    };
    assert.throws(() => StateDatabase.openForWriting(folder), refused);
    assert.match(await openElsewhere(folder), /another process already writes/);
    database.close();
    assert.equal(await openElsewhere(folder), 'opened');
  });

  it('answers readers while it is written', () => {
    const folder = temporaryFolder();
    const ledger = new SqliteLedger(StateDatabase.openForWriting(folder), now);
    const database = StateDatabase.openForReading(folder);
    const reader = new SqliteLedgerReader(database, now);
    ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
    ledger.decide('a', accepted(exampleJob('1')));
    ledger.record('1', stored);
    assert.equal(reader.balance().stored, 1);
    assert.throws(() => reader.reopen('1'), { code: 'QUEUE_UNAVAILABLE' });
    ledger.admit([{ orthancId: 'b', seq: 2 }], 2);
    ledger.decide('b', skippedByRule);
    assert.equal(reader.balance().skipped, 1);
    database.close();
    ledger.close();
  });

  it('answers readers while no service runs, from the one file that a backup holds', () => {
    const folder = temporaryFolder();
    const ledger = new SqliteLedger(StateDatabase.openForWriting(folder), now);
    ledger.admit([{ orthancId: 'a', seq: 1 }], 1);
    ledger.close();
    const raw = new Libsql(join(folder, 'colouriser.db'));
    raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    raw.close();
    const restored = temporaryFolder();
    copyFileSync(join(folder, 'colouriser.db'), join(restored, 'colouriser.db'));
    const database = StateDatabase.openForReading(restored);
    assert.equal(new SqliteLedgerReader(database, now).balance().undecided, 1);
    database.close();
  });

  it('tells a reader that there is nothing to read yet', () => {
    assert.throws(() => StateDatabase.openForReading(temporaryFolder()), {
      code: 'QUEUE_UNAVAILABLE',
      message: /has not run yet/,
    });
  });

  it('refuses a file that a newer release has written', () => {
    const folder = temporaryFolder();
    StateDatabase.openForWriting(folder).close();
    const raw = new Libsql(join(folder, 'colouriser.db'));
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    assert.throws(() => StateDatabase.openForWriting(folder), { code: 'CONFIG_INVALID' });
    assert.throws(() => StateDatabase.openForReading(folder), { code: 'QUEUE_UNAVAILABLE' });
  });

  it('keeps its lock to itself when the file is refused', () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    StateDatabase.openForWriting(folder).close();
    StateDatabase.openForWriting(folder).close();
  });

  it('is unavailable once closed', () => {
    const database = StateDatabase.openForWriting(temporaryFolder());
    database.close();
    database.close();
    assert.throws(() => database.get('SELECT 1'), { code: 'QUEUE_UNAVAILABLE' });
  });
});

/** Tries to write from another process; resolves to 'opened' or to the refusal. */
async function openElsewhere(folder: string): Promise<string> {
  const module = new URL('../../src/adapters/sqlite/database.js', import.meta.url).href;
  const program = `
    const { StateDatabase } = await import(${JSON.stringify(module)});
    try { StateDatabase.openForWriting(process.argv[1]).close(); console.log('opened'); }
    catch (error) { console.log(error.message); }`;
  const child = startChild(process.execPath, ['--input-type=module', '-e', program, folder]);
  let said = '';
  child.stdout?.on('data', (data: Buffer) => (said += data.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  await endChild(child);
  return said.trim();
}
