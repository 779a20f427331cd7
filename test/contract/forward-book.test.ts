import { MemoryLedger } from '../../src/adapters/memory/memory-ledger.js';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteForwardBook } from '../../src/adapters/sqlite/sqlite-forward-book.js';
import { SqliteLedgerReader } from '../../src/adapters/sqlite/sqlite-ledger-reader.js';
import { SqliteLedger } from '../../src/adapters/sqlite/sqlite-ledger.js';
import { temporaryFolder } from '../support/process.js';
import { forwardContract } from './forward-contract.js';

forwardContract('memory', (clock) => {
  const ledger = new MemoryLedger(clock);
  return { ledger, reader: ledger, book: ledger.forwards };
});

forwardContract('SQLite', (clock) => {
  const database = StateDatabase.openForWriting(temporaryFolder());
  return {
    ledger: new SqliteLedger(database, clock),
    reader: new SqliteLedgerReader(database, clock),
    book: new SqliteForwardBook(database, clock),
  };
});
