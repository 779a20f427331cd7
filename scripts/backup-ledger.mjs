/**
 * Copies the ledger, and the queue within it, into one file; the service may run meanwhile:
 *   node scripts/backup-ledger.mjs <data folder> <new file>
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';

const [folder, target] = process.argv.slice(2);

function giveUp(message) {
  console.error(message);
  process.exit(2);
}

if (folder === undefined || target === undefined) {
  giveUp('usage: node scripts/backup-ledger.mjs <data folder> <new file>');
}
const source = join(folder, 'colouriser.db');
if (!existsSync(source)) giveUp(`${source} does not exist`);
if (existsSync(target)) giveUp(`${target} exists: name a new file`);

// One read transaction, so that the copy is the state of one moment; writers go on in their log.
const database = new Libsql(`file:${encodeURI(source)}?mode=ro`, { timeout: 5_000 });
database.prepare('VACUUM INTO ?').run([target]);
database.close();

const copy = new Libsql(`file:${encodeURI(target)}?mode=ro`);
const [check] = copy.prepare('PRAGMA integrity_check').all();
copy.close();
if (check?.integrity_check !== 'ok') giveUp(`${target} is damaged: ${JSON.stringify(check)}`);
console.log(`${target} holds the ledger`);
