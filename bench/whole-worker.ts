/**
 * Images a second of the whole service, from a burst in Orthanc to stored colour series: fetch, decode, network, draw
 * and store, over the queue that is built in. Two providers on one archive, in turns.
 * Run: npx tsc -b && node dist/bench/whole-worker.js [--images 40] [--rounds 2] [--sizes 2500x3000,1024x1024]
 *      [--providers cuda,cpu] [--sessions N] [--batch N] [--models FOLDER] [--out FOLDER]
 * Writes whole-worker-<first provider>.json and .md to the folder.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PrivateOrthanc } from '../test/support/orthanc.js';
import { until } from '../test/support/process.js';
import { ServiceProcess } from '../test/support/service.js';
import { copyOf, type Film, templateOf } from './films.js';
import { describeMachine, load } from './machine.js';
import { cpuSeconds, peakMegabytes, resetPeak } from './processes.js';
import { medianOf } from './statistics.js';
import { table } from './report.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '2' },
    sizes: { type: 'string', default: '2500x3000,1024x1024' },
    providers: { type: 'string', default: 'cuda,cpu' },
    sessions: { type: 'string' },
    batch: { type: 'string' },
    models: { type: 'string' },
    out: { type: 'string', default: 'bench/results' },
  },
});
const [images, rounds] = [Number(values.images), Number(values.rounds)];
const longestBurstMs = 120_000;
/** What is sent before, so that all threads have loaded what they need. */
const warmUps = 8;
const sendersAtOnce = 4;

interface Burst {
  readonly imagesPerSecond: number;
  readonly serviceCpuSeconds: number;
  readonly orthancCpuSeconds: number;
  readonly peakMegabytes: number;
}

/** What the service takes for images that all wait when it looks. */
async function burst(
  orthanc: PrivateOrthanc,
  service: ServiceProcess,
  film: Film,
  count: number,
): Promise<Burst> {
  const before = (await service.status()).balance.stored;
  service.signal('SIGSTOP');
  let left = count;
  const sender = async () => {
    while (left-- > 0) await orthanc.upload(copyOf(film).part10);
  };
  await Promise.all(Array.from({ length: sendersAtOnce }, sender));
  const pid = service.pid ?? 0;
  resetPeak(pid);
  const [ours, theirs] = [cpuSeconds(pid), cpuSeconds(orthanc.pid)];
  service.signal('SIGCONT');
  const begin = performance.now();
  const isDone = async () => {
    const { balance } = await service.status();
    if (balance.failed > 0) throw new Error('an image failed');
    return balance.stored >= before + count;
  };
  await until(`${count} stored series`, isDone, longestBurstMs, 20);
  const seconds = (performance.now() - begin) / 1000;
  return {
    imagesPerSecond: count / seconds,
    serviceCpuSeconds: (cpuSeconds(pid) - ours) / count,
    orthancCpuSeconds: (cpuSeconds(orthanc.pid) - theirs) / count,
    peakMegabytes: peakMegabytes(pid),
  };
}

/** Where the time of an image goes, by the service's own account, of the images of the last burst. */
async function stagesOf(service: ServiceProcess, count: number) {
  const rows = (await service.images()).slice(0, count).map(({ timingsMs }) => timingsMs);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return Object.fromEntries(
    names.map((name) => [name, Math.round(medianOf(rows.map((row) => row[name] ?? 0)))]),
  );
}

async function measure(provider: string, film: Film) {
  const orthanc = await PrivateOrthanc.start();
  try {
    const service = await ServiceProcess.start(orthanc.url, { env: environmentOf(provider) });
    try {
      return { provider, ...(await measureService(orthanc, service, film)) };
    } finally {
      await service.stop();
    }
  } finally {
    await orthanc.kill();
  }
}

async function measureService(orthanc: PrivateOrthanc, service: ServiceProcess, film: Film) {
  await burst(orthanc, service, film, warmUps);
  const bursts: Burst[] = [];
  for (let round = 0; round < rounds; round++) {
    bursts.push(await burst(orthanc, service, film, images));
  }
  const stagesMs = await stagesOf(service, images);
  const { inference, models } = await service.status();
  const { Version } = await orthanc.json<{ readonly Version: string }>('/system');
  const used = models.find((model) => model.default);
  const model = `${used?.name ?? ''} ${used?.version ?? ''}`;
  return { bursts, stagesMs, inference, model, orthanc: Version };
}

function environmentOf(provider: string): Readonly<Record<string, string>> {
  const { models, sessions, batch } = values;
  return {
    COLOURISER_INFERENCE_PROVIDER: provider,
    ...(models !== undefined && { COLOURISER_MODELS_FOLDER: models }),
    ...(provider !== 'cpu' &&
      sessions !== undefined && { COLOURISER_INFERENCE_SESSIONS: sessions }),
    ...(provider !== 'cpu' && batch !== undefined && { COLOURISER_INFERENCE_BATCH: batch }),
  };
}

type Result = { readonly size: string } & (
  Awaited<ReturnType<typeof measure>> | { readonly provider: string; readonly fault: string }
);

const loadBefore = load();
const results: Result[] = [];
// One provider after the other, so that a run that is cut off has all sizes of the first.
for (const provider of values.providers.split(',')) {
  for (const size of values.sizes.split(',')) {
    const [columns = 0, rows = 0] = size.split('x').map(Number);
    try {
      results.push({ size, ...(await measure(provider, templateOf(columns, rows))) });
    } catch (fault) {
      results.push({ size, provider, fault: fault instanceof Error ? fault.message : 'unknown' });
    }
    console.error(`${size} on ${provider}: done`);
    save();
  }
}

/** Anew after each measurement. */
function save(): void {
  const measured = results.filter((result) => 'bursts' in result);
  const machine = describeMachine(loadBefore, measured[0]?.orthanc ?? 'unknown');
  const report = [
    '# The whole service in a burst',
    '',
    `\`node dist/bench/whole-worker.js\`, ${images} images at once, ${rounds} bursts each, Orthanc ${machine.orthanc} on the ` +
      `same machine: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}; load ` +
      `${machine.loadBefore} before, ${machine.loadAfter} after.`,
    '',
    table(
      [
        'film',
        'provider',
        'model',
        'images a second',
        'CPU s, service',
        'CPU s, Orthanc',
        'peak, MB',
        'stages, ms',
      ],
      measured.map(({ size, provider, model, bursts, stagesMs }) => {
        const of = (key: keyof Burst) => medianOf(bursts.map((each) => each[key]));
        const rates = bursts.map((each) => each.imagesPerSecond.toFixed(1)).join(', ');
        const stages = Object.entries(stagesMs).map(([name, ms]) => `${name} ${ms}`);
        return [
          size,
          provider,
          model,
          rates,
          of('serviceCpuSeconds').toFixed(3),
          of('orthancCpuSeconds').toFixed(3),
          of('peakMegabytes').toFixed(0),
          stages.join(', '),
        ];
      }),
    ),
    '',
    ...results.flatMap((result) =>
      'fault' in result ? [`${result.size} on ${result.provider}: ${result.fault}`, ''] : [],
    ),
  ].join('\n');
  mkdirSync(values.out, { recursive: true });
  const name = `whole-worker-${values.providers.split(',')[0] ?? ''}`;
  writeFileSync(join(values.out, `${name}.md`), report);
  const figures = { machine, images, rounds, results };
  writeFileSync(join(values.out, `${name}.json`), `${JSON.stringify(figures, null, 2)}\n`);
  if (results.length === values.providers.split(',').length * values.sizes.split(',').length) {
    console.log(report);
  }
}
