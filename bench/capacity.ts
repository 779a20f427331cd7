/**
 * The tables of docs/scale.md, from what bench/results/latest.json holds: the cost of an image, the cores for many, and
 * how long images wait on simulated days. Prints them; `--write` puts them into the page.
 * Run: npx tsc -b && node dist/bench/capacity.js --write
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Day, simulate } from './day.js';
import { table } from './report.js';
import { mean, type Measured, stagesOf } from './results.js';
import { quantile } from './statistics.js';

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const page = here('docs/scale.md');
const { bursts, contest, kernels } = JSON.parse(
  readFileSync(here('bench/results/latest.json'), 'utf8'),
) as Measured;

/** Of a core: the rest is for what comes at the same moment. */
const use = 0.7;
/** What a day brings in its busiest hour. */
const busiest = 0.1;
/** What Orthanc needs to take in the source itself, s: whoever sends it, so no run of the benchmark counts it. */
const intake = 0.09;
/** Images that a node of two cores has in hand. */
const hands = 2;

const stageMs = new Map(stagesOf(contest.ours).map(([name, { median }]) => [name, median]));
const stages = (...names: readonly string[]) =>
  names.reduce((sum, name) => sum + (stageMs.get(name) ?? 0), 0) / 1000;
const orthanc = mean(bursts.ours, 'orthancCpuSecondsPerImage');
const service = mean(bursts.ours, 'cpuSecondsPerImage') - orthanc;
const rate = mean(bursts.ours, 'imagesPerSecond');
const holdMs = (1000 * hands) / rate;

const seconds = (value: number) => `${value.toFixed(2)} s`;
const costs = table(
  ['where', 'for one image'],
  [
    ['Orthanc: routing, one file out, one colour image in', seconds(orthanc)],
    ['Orthanc: taking in the source itself', seconds(intake)],
    ['this service, all of it', seconds(service)],
    ['of it the network, by the clock of one image alone', seconds(stages('infer', 'recognise'))],
    [
      'of it windowing, drawing and encoding, on one thread',
      seconds((kernels.windowAndDownscaleMs + kernels.fuseAndEncodeMs) / 1000),
    ],
    ['two cores, all of it on them: images a second', rate.toFixed(1)],
    ['two cores, Orthanc alone: images a second', mean(bursts.floor, 'imagesPerSecond').toFixed(1)],
  ],
);

const looks = new Map([
  [1, 'one machine of two to four cores, embedded queue, SQLite in Orthanc'],
  [10, 'Orthanc with PostgreSQL on its own machine; two workers'],
  [100, 'several Orthancs, each with its own service; workers by RabbitMQ'],
  [1000, 'as before, ten times: no single archive takes it'],
]);
const cores = (perSecond: number, cost: number) => String(Math.ceil((perSecond * cost) / use));
const sizes = table(
  [
    'images a second, in the busiest hour',
    'a day',
    'cores for Orthanc',
    'cores for the service, CPU',
    'what it looks like',
  ],
  [...looks].map(([perSecond, look]) => [
    perSecond.toLocaleString('en'),
    ((perSecond * 3600) / busiest).toLocaleString('en'),
    cores(perSecond, orthanc + intake),
    cores(perSecond, service),
    look,
  ]),
);

const node = { hands, holdMs, outageShare: 0 } as const;
const days: readonly Day[] = [
  { name: 'one node, 5,000 images', imagesADay: 5_000, imagesInBurst: 60, ...node },
  {
    name: 'the same, 1 % meet an archive that is away',
    imagesADay: 5_000,
    imagesInBurst: 60,
    ...node,
    outageShare: 0.01,
  },
  { name: 'one node, 20,000 images', imagesADay: 20_000, imagesInBurst: 300, ...node },
  {
    name: 'two nodes, 50,000 images',
    imagesADay: 50_000,
    imagesInBurst: 300,
    ...node,
    hands: 2 * hands,
  },
];
const waits = table(
  ['what', 'in each burst', 'median', '95 %', '99 %', 'longest'],
  days.map((day) => {
    const waited = simulate(day);
    const at = (share: number) => `${(quantile(waited, share) / 1000).toFixed(1)} s`;
    return [day.name, String(day.imagesInBurst), at(0.5), at(0.95), at(0.99), at(1)];
  }),
);
const held = `Two images in hand on two cores are held for ${(holdMs / 1000).toFixed(2)} s ± 20 % each.`;

const parts = { costs, sizes, waits: `${held}\n\n${waits}` };
if (process.argv.includes('--write')) {
  let text = readFileSync(page, 'utf8');
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [before, rest] = text.split(begin);
    const after = rest?.split(end)[1];
    if (before === undefined || after === undefined) throw new Error(`${page} lacks ${begin}`);
    text = `${before}${begin}\n\n${part}\n\n${end}${after}`;
  }
  writeFileSync(page, text);
} else {
  console.log(Object.values(parts).join('\n\n'));
}
