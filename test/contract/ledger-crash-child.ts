/**
 * A service in miniature for the crash test: admits, decides, publishes, consumes, records and forwards until it is
 * killed, or until everything is settled. Its one argument is the data folder.
 */
import { SqliteForwardBook } from '../../src/adapters/sqlite/sqlite-forward-book.js';
import { SqliteLedger } from '../../src/adapters/sqlite/sqlite-ledger.js';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { openSqliteQueue } from '../../src/adapters/sqlite/sqlite-queue.js';
import type { Outcome } from '../../src/domain/job.js';
import {
  accepted,
  broken,
  exampleJob,
  pacsAway,
  skippedByRule,
  stored,
} from './ledger-contract.js';

/** As many arrivals as the archive has changes. */
const changes = 400;

const folder = process.argv[2] ?? '';
const now = () => new Date();
const database = StateDatabase.openForWriting(folder);
const ledger = new SqliteLedger(database, now);
const forwards = new SqliteForwardBook(database, now);
const queue = openSqliteQueue(database, {
  now,
  policy: {
    maxAttempts: 100,
    backOff: { baseMs: 2, maxMs: 8 },
    outageBackOff: { baseMs: 2, maxMs: 8 },
  },
});

/** What becomes of the n-th image: a fifth is skipped, a seventh fails, a third finds the archive away once. */
function outcomeOf(seq: number, attempt: number): Outcome {
  if (seq % 7 === 0) return broken;
  return seq % 3 === 0 && attempt === 1 ? pacsAway : stored;
}

await queue.onSettled(({ job, outcome }) => {
  ledger.record(job.id, outcome);
});
await queue.consume(4, async ({ job, attempt }) => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return outcomeOf(Number(job.id), attempt);
});
process.stdout.write('working\n');

for (;;) {
  const cursor = ledger.cursor();
  const last = Math.min(changes, cursor + 5);
  const seqs = Array.from({ length: last - cursor }, (_, index) => cursor + 1 + index);
  ledger.admit(
    seqs.map((seq) => ({ orthancId: `o${seq}`, seq })),
    last,
  );
  for (const { orthancId, seq } of ledger.dueArrivals(10)) {
    ledger.decide(
      orthancId,
      seq % 5 === 0 ? skippedByRule : accepted({ ...exampleJob(`${seq}`), forward: ['archive'] }),
    );
  }
  const due = forwards.due('archive', 10);
  for (const each of due) forwards.record(each, { state: 'sent' });
  const jobs = ledger.unpublished(10);
  await queue.publish(jobs);
  ledger.markPublished(jobs.map(({ id }) => id));
  await new Promise((resolve) => setTimeout(resolve, 2));
  const { ready, delayed, inFlight } = await queue.depth();
  if (last === changes && due.length + jobs.length + ready + delayed + inFlight === 0) break;
}
await queue.close();
ledger.close();
