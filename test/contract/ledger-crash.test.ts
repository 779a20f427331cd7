import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteLedgerReader } from '../../src/adapters/sqlite/sqlite-ledger-reader.js';
import { endChild, startChild, temporaryFolder } from '../support/process.js';

const child = fileURLToPath(new URL('./ledger-crash-child.js', import.meta.url));
const kills = 6;

/** Each query names what must never be there, whenever the process died. */
const faults: Readonly<Record<string, string>> = {
  'an arrival below the cursor that was lost': `
    WITH RECURSIVE expected (seq) AS (
      SELECT 1 UNION ALL SELECT seq + 1 FROM expected
      WHERE seq < (SELECT value FROM facts WHERE name = 'cursor'))
    SELECT seq FROM expected WHERE seq NOT IN (SELECT seq FROM arrivals)
      AND EXISTS (SELECT 1 FROM facts)`,
  'an arrival above the cursor': `
    SELECT seq FROM arrivals WHERE seq > (SELECT value FROM facts WHERE name = 'cursor')`,
  'a decided arrival without a row': `
    SELECT orthancId FROM arrivals WHERE dueAt IS NULL
      AND orthancId NOT IN (SELECT orthancId FROM images)`,
  'a row of an undecided arrival': `
    SELECT id FROM images WHERE orthancId IN (SELECT orthancId FROM arrivals WHERE dueAt IS NOT NULL)`,
  'a pending job that is marked published and absent from the queue': `
    SELECT id FROM images WHERE state = 'pending' AND published = 1
      AND id NOT IN (SELECT id FROM queue WHERE state <> 'dead')`,
  'a job in the queue without a row': `
    SELECT id FROM queue WHERE id NOT IN (SELECT id FROM images)`,
  'a tally that differs from its rows': `
    SELECT state FROM (
      SELECT state, n FROM tallies
      UNION ALL SELECT state, -1 FROM images)
    GROUP BY state HAVING sum(n) <> 0`,
  'a stored image that goes nowhere': `
    SELECT id FROM images WHERE state = 'stored' AND id NOT IN (SELECT imageId FROM forwards)`,
  'an image that goes on before it is stored': `
    SELECT imageId FROM forwards
    WHERE imageId NOT IN (SELECT id FROM images WHERE state = 'stored')`,
  'a dead letter that did not fail': `
    SELECT id FROM queue WHERE state = 'dead'
      AND id NOT IN (SELECT id FROM images WHERE state = 'failed')`,
};

/** Runs the service in miniature over a folder; killed after `lifeMs`, or left to finish. */
async function run(folder: string, lifeMs?: number): Promise<number | null> {
  const process_ = startChild(process.execPath, [child, folder]);
  let errors = '';
  process_.stderr?.on('data', (data: Buffer) => (errors += data.toString()));
  const closed = new Promise((resolve) => process_.once('close', resolve));
  if (lifeMs !== undefined) {
    await Promise.race([new Promise((resolve) => process_.stdout?.once('data', resolve)), closed]);
    await new Promise((resolve) => setTimeout(resolve, lifeMs));
    await endChild(process_);
  }
  await closed;
  assert.equal(errors, '');
  return process_.exitCode;
}

function assertConsistent(folder: string, when: string): void {
  const database = StateDatabase.openForReading(folder);
  for (const [fault, sql] of Object.entries(faults)) {
    assert.deepEqual(database.all(sql), [], `${fault}, ${when}`);
  }
  assert.deepEqual(database.all('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  database.close();
}

describe('kill -9 of the service', () => {
  it(`leaves ledger and queue consistent, ${kills} times in a row, and loses nothing`, async () => {
    const folder = temporaryFolder();
    for (let kill = 0; kill < kills; kill++) {
      const lifeMs = Math.round(Math.random() * 120);
      await run(folder, lifeMs);
      assertConsistent(folder, `killed after ${lifeMs} ms`);
    }
    assert.equal(await run(folder), 0);
    assertConsistent(folder, 'at the end');
    const database = StateDatabase.openForReading(folder);
    const balance = new SqliteLedgerReader(database, () => new Date()).balance();
    assert.deepEqual(database.all('SELECT state, count(*) AS n FROM forwards GROUP BY state'), [
      { state: 'sent', n: 274 },
    ]);
    database.close();
    // Of 1..400: 80 multiples of 5 are skipped; of the rest, 57 - 11 multiples of 7 fail.
    assert.deepEqual(balance, { undecided: 0, pending: 0, stored: 274, skipped: 80, failed: 46 });
  }).timeout(60_000);
});
