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
import { coreQuota } from './core-quota.js';
import { cpuSeconds } from './processes.js';

const images = sizeOr(60);
/** Workers of each round: what drifts meets both alike. */
const rounds = [1, 2, 2, 1, 1, 2] as const;
/** Of a core, for each worker: with it, two and what they work for leave cores to spare. */
const heldTo = 0.25;
const patienceMs = 600_000;

interface Round {
  readonly workers: number;
  /** Of a core, for each worker; undefined where it takes what it gets. */
  readonly share: number | undefined;
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
async function round(workers: number, share: number | undefined): Promise<Round> {
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
  const quotas = started.map(({ pid }, n) => {
    const quota = share === undefined ? undefined : coreQuota(`colouriser-bench-${n}`, share);
    if (pid !== undefined) quota?.hold(pid);
    return quota;
  });
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
  for (const quota of quotas) await quota?.release();
  // Both have taken their first by then, and neither waits for a last one.
  const [first = NaN, last = NaN] = [times[workers], times.at(-1 - workers)];
  return {
    workers,
    share,
    perSecond: ((images - 1 - 2 * workers) / (last - first)) * 1000,
    workerCpu,
  };
}

const results: Round[] = [];
for (const share of [undefined, heldTo]) {
  for (const workers of rounds) {
    results.push(await round(workers, share));
    process.stderr.write(`• ${JSON.stringify(results.at(-1))}\n`);
  }
}
const { Version } = await orthanc.json<{ readonly Version: string }>('/system');
await serve.stop();
await Promise.all([orthanc.kill(), rabbit.kill()]);

const of = (workers: number, share?: number) =>
  results.filter((each) => each.workers === workers && each.share === share);
const speed = (workers: number, share?: number) =>
  medianOf(of(workers, share).map(({ perSecond }) => perSecond));
const cpu = (workers: number, share?: number) =>
  medianOf(of(workers, share).map(({ workerCpu }) => workerCpu));
const ratio = (share?: number) => speed(2, share) / speed(1, share);
const row = (name: string, share?: number) => [
  name,
  speed(1, share).toFixed(2),
  speed(2, share).toFixed(2),
  ratio(share).toFixed(2),
  cpu(2, share).toFixed(2),
];
keepResult('scale', {
  title: 'One worker and two',
  command: 'npx tsc -b && node dist/bench/scale.js',
  machine: describeMachine(loadBefore, Version),
  columns: [
    'each worker',
    'images a second, one',
    'two',
    'ratio',
    'processor time of the workers, s an image',
  ],
  rows: [
    row('takes what it gets of the two cores'),
    row(`is held to ${heldTo * 100} % of a core`, heldTo),
  ],
  remarks: [
    'Medians of three rounds each, in turn; 320 × 384 images that wait in RabbitMQ, one in hand in each worker. Orthanc, ' +
      'RabbitMQ and `serve` run on the same cores, so two workers double one only where there are cores to spare: at least ' +
      'one for each worker beside what those three take. The second row makes such a machine of this one: the kernel holds ' +
      'each worker to a share of a core (control groups).',
  ],
  figures: { ratio: ratio(), ratioHeld: ratio(heldTo), rounds: results },
});
