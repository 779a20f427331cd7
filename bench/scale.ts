/**
 * What a second CPU worker brings: images a second of one and of two `work` behind RabbitMQ, in turn.
 * Run: npx tsc -b && node dist/bench/scale.js
 */
import { PrivateOrthanc } from '../test/support/orthanc.js';
import { until } from '../test/support/process.js';
import { PrivateRabbitMq } from '../test/support/rabbitmq.js';
import { ServiceProcess } from '../test/support/service.js';
import { drawPhantoms, smallChestStudy } from '../test/support/studies.js';
import { keepResult, sizeOr } from './keep.js';
import { describeMachine, load } from './machine.js';
import { medianOf } from './statistics.js';
import { cpuSeconds } from './processes.js';

const images = sizeOr(60);
/** Workers of each round: what drifts meets both alike. */
const rounds = [1, 2, 2, 1, 1, 2] as const;
const patienceMs = 600_000;

interface Round {
  readonly workers: number;
  readonly perSecond: number;
  /** Processor seconds of all workers for one image. */
  readonly workerCpu: number;
}

const loadBefore = load();
drawPhantoms();
const orthanc = await PrivateOrthanc.start();
const rabbit = await PrivateRabbitMq.start();
const env = {
  COLOURISER_QUEUE_KIND: 'rabbitmq',
  COLOURISER_QUEUE_URL: rabbit.url,
  COLOURISER_WORKERS_CONCURRENCY: '1',
};
const serve = await ServiceProcess.start(orthanc.url, { env });

/** All wait in the broker before any worker starts; from the first image that is stored to the last. */
async function round(workers: number): Promise<Round> {
  const before = new Set((await serve.images()).map(({ id }) => id));
  for (let n = 0; n < images; n++) await orthanc.upload(smallChestStudy(n).part10);
  await until(
    'all to wait in the broker',
    async () => (await serve.status()).queue.ready >= images,
    patienceMs,
  );
  const started = await Promise.all(
    Array.from({ length: workers }, () =>
      ServiceProcess.start(orthanc.url, { env, command: 'work' }),
    ),
  );
  const cpu = () => started.reduce((sum, { pid }) => sum + cpuSeconds(pid ?? 0), 0);
  const cpuBefore = cpu();
  const times = await until(
    'all to be stored',
    async () => {
      const rows = (await serve.images()).filter(
        ({ id, state }) => state === 'stored' && !before.has(id),
      );
      const settled = rows
        .map(({ settledAt }) => Date.parse(settledAt ?? ''))
        .sort((a, b) => a - b);
      return settled.length === images ? settled : undefined;
    },
    patienceMs,
    200,
  );
  const workerCpu = (cpu() - cpuBefore) / images;
  await Promise.all(started.map((each) => each.stop()));
  // Both have taken their first by then, and neither waits for a last one.
  const [first = NaN, last = NaN] = [times[workers], times.at(-1 - workers)];
  return { workers, perSecond: ((images - 1 - 2 * workers) / (last - first)) * 1000, workerCpu };
}

const results: Round[] = [];
for (const workers of rounds) {
  results.push(await round(workers));
  process.stderr.write(`• ${JSON.stringify(results.at(-1))}\n`);
}
const { Version } = await orthanc.json<{ readonly Version: string }>('/system');
await serve.stop();
await Promise.all([orthanc.kill(), rabbit.kill()]);

const of = (workers: number) => results.filter((each) => each.workers === workers);
const speed = (workers: number) => medianOf(of(workers).map(({ perSecond }) => perSecond));
const cpu = (workers: number) => medianOf(of(workers).map(({ workerCpu }) => workerCpu));
const ratio = speed(2) / speed(1);
keepResult('scale', {
  title: 'One worker and two',
  command: 'npx tsc -b && node dist/bench/scale.js',
  machine: describeMachine(loadBefore, Version),
  columns: ['workers', 'images a second', 'processor time of the workers, s an image'],
  rows: [1, 2].map((workers) => [workers, speed(workers).toFixed(2), cpu(workers).toFixed(2)]),
  remarks: [
    `Two do ${ratio.toFixed(2)} times as much as one. Medians of three rounds each, in turn; 320 × 384 images that wait in ` +
      'RabbitMQ, one in hand in each worker. Orthanc, RabbitMQ and `serve` run on the same cores, so two workers double one ' +
      'only where there are cores to spare: at least one for each worker beside what those three take.',
  ],
  figures: { ratio, rounds: results },
});
