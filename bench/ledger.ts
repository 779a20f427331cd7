/**
 * What ledger and embedded queue cost: writes a second, and the questions of the console at 100,000 rows.
 * Run: npx tsc -b && node dist/bench/ledger.js
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateDatabase } from '../src/adapters/sqlite/database.js';
import { SqliteLedgerReader } from '../src/adapters/sqlite/sqlite-ledger-reader.js';
import { SqliteLedger } from '../src/adapters/sqlite/sqlite-ledger.js';
import { openSqliteQueue } from '../src/adapters/sqlite/sqlite-queue.js';
import type { Job, Outcome } from '../src/domain/job.js';
import type { ImageFilter, RoutedArrival } from '../src/ports/ledger.js';

const rows = 100_000;
const jobsThroughQueue = 10_000;

function job(n: number): Job {
  const stem = `1.2.826.0.1.3680043.8.498.${1_000_000_000 + n}`;
  return {
    id: `job-${n}`,
    source: {
      StudyInstanceUID: `${stem}.1`,
      SeriesInstanceUID: `${stem}.2`,
      SOPInstanceUID: `${stem}.3`,
    },
    rendering: {
      model: n % 4 === 0 ? 'unet-resnet18' : 'evidence',
      modelVersion: '1.0.0',
      palette: 'magenta',
      strength: 1,
      banner: true,
      modality: 'source',
    },
    priority: n % 10,
    needsLungs: true,
    rule: 'frontal-chest',
  };
}

function routed(n: number): RoutedArrival {
  const { source } = job(n);
  const facts = {
    source: { ...source, studyOrthancId: `study-${n}` },
    rule: 'frontal-chest',
    reason: 'Modality in [CR, DX] and BodyPartExamined in [CHEST]',
    rulesVersion: '0123456789abcdef',
    summary: { Modality: 'DX', BodyPartExamined: 'CHEST', ViewPosition: 'PA' },
  };
  return n % 5 === 0 ? { ...facts, jobs: [], skip: 'RULE' } : { ...facts, jobs: [job(n)] };
}

const stored: Outcome = {
  outcome: 'stored',
  output: { SeriesInstanceUID: '2.25.11', SOPInstanceUID: '2.25.12' },
  probability: 0.5,
  timingsMs: { fetch: 40, decode: 30, window: 20, infer: 90, fuse: 30, encode: 40, store: 60 },
};

/** Processor time of this process so far, milliseconds: what counts where a machine is shared. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function rate(name: string, count: number, work: () => void | Promise<void>): Promise<void> {
  const [start, cpuStart] = [performance.now(), cpuMs()];
  await work();
  const perSecond = (ms: number) => Math.round((count / ms) * 1000).toLocaleString('en');
  const wall = perSecond(performance.now() - start);
  console.log(`${name.padEnd(40)} ${wall} /s, ${perSecond(cpuMs() - cpuStart)} per CPU second`);
}

/** Median of 50 runs, and their mean processor time, milliseconds. */
function cost(name: string, work: () => unknown): void {
  const cpuStart = cpuMs();
  const times = Array.from({ length: 50 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const cpu = (cpuMs() - cpuStart) / times.length;
  console.log(`${name.padEnd(40)} ${(times[25] ?? NaN).toFixed(2)} ms, CPU ${cpu.toFixed(2)} ms`);
}

const folder = mkdtempSync(join(tmpdir(), 'colouriser-bench-'));
const database = StateDatabase.openForWriting(folder);
const now = () => new Date();
const ledger = new SqliteLedger(database, now);
const reader = new SqliteLedgerReader(database, now);
const queue = openSqliteQueue(database, { now });
await queue.onSettled(({ job: { id }, outcome }) => {
  ledger.record(id, outcome);
});
const ids = Array.from({ length: rows }, (_, n) => n);

await rate('admit, 100 a call', rows, () => {
  for (let n = 0; n < rows; n += 100) {
    const page = ids.slice(n, n + 100).map((seq) => ({ orthancId: `instance-${seq}`, seq }));
    ledger.admit(page, n + 100);
  }
});
await rate('decide', rows, () => {
  for (const n of ids) ledger.decide(`instance-${n}`, routed(n));
});
await rate('publish, consume, record, settle', jobsThroughQueue, async () => {
  let settled = 0;
  const consumer = await queue.consume(4, () => {
    settled++;
    return Promise.resolve(stored);
  });
  while (settled < jobsThroughQueue) {
    const jobs = ledger.unpublished(100);
    await queue.publish(jobs);
    ledger.markPublished(jobs.map(({ id }) => id));
    while ((await queue.depth()).ready > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await consumer.close(1000);
});
await rate('record', rows * 0.8, () => {
  for (const n of ids) if (n % 5 !== 0) ledger.record(`job-${n}`, stored);
});

const middle = `job-${rows / 2 + 1}`;
const list = (filter: Partial<ImageFilter>) => () => reader.images({ limit: 50, ...filter });
const hourAgo = new Date(Date.now() - 3_600_000);
console.log(
  `\n${rows.toLocaleString('en')} rows, ${(statSync(join(folder, 'colouriser.db')).size / 1e6).toFixed(0)} MB`,
);
cost('balance', () => reader.balance());
cost('balance since a date', () => reader.balance(hourAgo));
cost('list, first page', list({}));
cost('list, page in the middle', list({ before: middle }));
cost('list by state', list({ state: 'stored', before: middle }));
cost('list by a state that no row has', list({ state: 'failed' }));
cost('list by model and state', list({ model: 'evidence', state: 'failed' }));
cost('list by whole UID', list({ uid: job(77_777).source.SOPInstanceUID }));
cost('list by the start of 1,000 UIDs', list({ uid: '1.2.826.0.1.3680043.8.498.1000012' }));
cost('list by the start of all UIDs', list({ uid: '1.2.826' }));
cost('list by a UID that none has', list({ uid: '9.9' }));
cost('list by rule and state', list({ rule: 'frontal-chest', state: 'failed' }));
cost('work by hour', () => reader.hours(new Date(Date.now() - 24 * 3_600_000)));
cost('names of rules', () => reader.rules());
cost('one row', () => reader.image(middle));

await queue.close();
ledger.close();
rmSync(folder, { recursive: true });
