/**
 * What RabbitMQ costs an image over the embedded queue: from the decision in the ledger to the record in the ledger,
 * with a model that does nothing. Both in turn, in one run.
 * Run: npx tsc -b && node dist/bench/queues.js
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RabbitQueue } from '../src/adapters/rabbitmq/rabbit-queue.js';
import { StateDatabase } from '../src/adapters/sqlite/database.js';
import { SqliteLedger } from '../src/adapters/sqlite/sqlite-ledger.js';
import { openSqliteQueue } from '../src/adapters/sqlite/sqlite-queue.js';
import { publishOutbox } from '../src/pipeline/publish-outbox.js';
import type { Queue } from '../src/ports/queue.js';
import { accepted, exampleJob, stored } from '../test/contract/ledger-contract.js';
import { PrivateRabbitMq } from '../test/support/rabbitmq.js';
import { keepResult, sizeOr } from './keep.js';
import { describeMachine, load } from './machine.js';
import { cpuSeconds } from './processes.js';
import { spreadOf } from './statistics.js';

const singles = sizeOr(300);
const burstSize = 200;
const bursts = 6;
const warmUps = 20;
/** As `workers.concurrency` of two workers. */
const inHand = 4;

interface Contestant {
  readonly name: string;
  /** Decides so many images at once; resolves when all are recorded. @returns ms */
  readonly take: (images: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** @param queues of `serve`, which publishes and records, and of the worker; the same where one process does all */
async function contestant(
  name: string,
  database: StateDatabase,
  queues: { readonly serve: Queue; readonly work: Queue },
): Promise<Contestant> {
  const ledger = new SqliteLedger(database, () => new Date());
  let count = 0;
  let left = 0;
  let done: () => void = () => undefined;
  await queues.serve.onSettled(({ job, outcome }) => {
    ledger.record(job.id, outcome);
    left -= 1;
    if (left === 0) done();
  });
  const consumer = await queues.work.consume(inHand, () => Promise.resolve(stored));
  return {
    name,
    async take(images) {
      const ids = Array.from({ length: images }, () => `${name}-${(count += 1)}`);
      ledger.admit(
        ids.map((orthancId) => ({ orthancId, seq: count })),
        count,
      );
      const settled = new Promise<void>((resolve) => (done = resolve));
      left = images;
      const begun = performance.now();
      for (const id of ids) ledger.decide(id, accepted(exampleJob(id)));
      while ((await publishOutbox(ledger, queues.serve)) === 'more');
      await settled;
      return performance.now() - begun;
    },
    async close() {
      await consumer.close(1_000);
      await Promise.all([queues.serve.close(), queues.work.close()]);
      ledger.close();
    },
  };
}

const loadBefore = load();
const folder = mkdtempSync(join(tmpdir(), 'colouriser-bench-'));
const rabbit = await PrivateRabbitMq.start();
const embeddedFile = StateDatabase.openForWriting(join(folder, 'embedded'));
const embeddedQueue = openSqliteQueue(embeddedFile, { now: () => new Date() });
const open = () => new RabbitQueue({ url: rabbit.url, patienceMs: 10_000 });
const contestants = [
  await contestant('embedded', embeddedFile, { serve: embeddedQueue, work: embeddedQueue }),
  await contestant(
    'rabbitmq',
    StateDatabase.openForWriting(join(folder, 'rabbitmq'), { outlivesPowerCuts: true }),
    { serve: open(), work: open() },
  ),
];

/** Of this process and of the broker: what does not change with what else runs on the machine, ms. */
const processorMs = () => 1000 * (cpuSeconds(process.pid) + cpuSeconds(rabbit.pid ?? 0));

const one = new Map<string, number[]>();
const processor = new Map<string, number[]>();
const many = new Map<string, number[]>();
const add = (to: Map<string, number[]>, name: string, ms: number) =>
  to.set(name, [...(to.get(name) ?? []), ms]);
for (const { take } of contestants) for (let n = 0; n < warmUps; n++) await take(1);
for (let n = 0; n < singles; n++) {
  for (const { name, take } of contestants) add(one, name, await take(1));
}
for (let n = 0; n < bursts; n++) {
  for (const { name, take } of contestants) {
    const before = processorMs();
    add(many, name, (await take(burstSize)) / burstSize);
    add(processor, name, (processorMs() - before) / burstSize);
  }
}
for (const { close } of contestants) await close();
await rabbit.kill();
rmSync(folder, { recursive: true });

const of = (times: Map<string, number[]>, name: string) => spreadOf(times.get(name) ?? []);
const row = (what: string, times: Map<string, number[]>) => {
  const [embedded, broker] = [of(times, 'embedded'), of(times, 'rabbitmq')];
  const shown = ({ median, low, high }: typeof embedded) =>
    `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  const overhead = broker.median - embedded.median;
  return {
    embedded,
    broker,
    overhead,
    cells: [what, shown(embedded), shown(broker), overhead.toFixed(2)],
  };
};
const [single, burst, cpu] = [
  row('one at a time', one),
  row(`bursts of ${burstSize}, each image`, many),
  row('the same, processor time', processor),
];
const figures = ({ embedded, broker, overhead }: typeof single) => ({ embedded, broker, overhead });
keepResult('queues', {
  title: 'What the broker costs',
  command: 'npx tsc -b && node dist/bench/queues.js',
  machine: describeMachine(loadBefore, 'none'),
  columns: ['an image, from decision to record', 'embedded, ms', 'RabbitMQ, ms', 'overhead, ms'],
  rows: [single.cells, burst.cells, cpu.cells],
  remarks: [
    'Medians and quartiles, both queues in turn in one run, with a model that does nothing. One at a time is the latency ' +
      'of a quiet hour: outbox, confirm, bell, fetch, news, record. In a burst these overlap, which is what an image costs ' +
      'when many wait. Processor time is that of ledger, outbox and both ends of the queue, and of RabbitMQ itself. With ' +
      'RabbitMQ each commit of the ledger waits for the disk.',
  ],
  figures: { single: figures(single), burst: figures(burst), processor: figures(cpu) },
});
