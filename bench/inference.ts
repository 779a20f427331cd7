/**
 * How many pictures a second the batching stage answers: prepared thumbnails in, colourings out, variants interleaved.
 * Run: npx tsc -b && node dist/bench/inference.js [--provider cuda] [--model unet-resnet34] [--rounds 9] [--pictures 12]
 * Prints a table and writes it, with all figures, to bench/results/inference-<provider>.md and .json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { openNetworks } from '../src/adapters/onnx/open-networks.js';
import { hardwareInWords, type Provider } from '../src/domain/hardware.js';
import { goldenThumbnail } from '../src/models/golden.js';
import { openRegistry } from '../src/models/registry.js';
import type { Networks } from '../src/ports/networks.js';

interface Variant {
  readonly sessions: number;
  readonly threads: number;
  readonly batch: number;
}

interface Round {
  readonly picturesPerSecond: number;
  /** Of the whole process, for one picture. */
  readonly cpuMs: number;
  /** One picture that comes alone, ms. */
  readonly aloneMs: number;
}

const { values } = parseArgs({
  options: {
    provider: { type: 'string', default: 'cpu' },
    model: { type: 'string', default: 'evidence' },
    device: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '9' },
    pictures: { type: 'string', default: '12' },
  },
});
const provider = values.provider as Provider;
const [rounds, pictures] = [Number(values.rounds), Number(values.pictures)];
const cores = availableParallelism();

const variants: readonly Variant[] =
  provider === 'cpu'
    ? [
        { sessions: 1, threads: 1, batch: 1 },
        { sessions: 1, threads: cores, batch: 1 },
        { sessions: cores, threads: 1, batch: 1 },
        { sessions: cores, threads: 1, batch: 4 },
      ]
    : [1, 4, 16, 32].flatMap((batch) =>
        (provider === 'webgpu' ? [1] : [1, 2]).map((sessions) => ({ sessions, threads: 1, batch })),
      );

const model = (await openRegistry('models')).get(values.model);
const thumbnail = goldenThumbnail(model.manifest.input.rows, model.manifest.input.columns);

/** Twice as many in hand as are computed at once, so that every batch can be full. */
async function burst(networks: Networks, { sessions, batch }: Variant): Promise<number> {
  const inHand = 2 * sessions * batch;
  // A multiple of the batch, so that the last one is full as well.
  const count = Math.ceil(pictures / batch) * batch;
  let left = count;
  const worker = async () => {
    while (left-- > 0) await networks.infer(model, thumbnail);
  };
  await Promise.all(Array.from({ length: inHand }, worker));
  return count;
}

async function measure(networks: Networks, variant: Variant): Promise<Round> {
  const [cpuBefore, start] = [process.cpuUsage(), performance.now()];
  const count = await burst(networks, variant);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  const before = performance.now();
  await networks.infer(model, thumbnail);
  return {
    picturesPerSecond: (count * 1000) / wallMs,
    cpuMs: (user + system) / 1000 / count,
    aloneMs: performance.now() - before,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? NaN;
}

const startedAt = new Date().toISOString();
const loadBefore = loadavg();
const opened = [];
for (const variant of variants) {
  const wanted = { ...variant, provider, device: Number(values.device) };
  const settings = { ...wanted, allowFallback: false, batchWaitMs: 3, maxRunMs: 60_000 };
  const { networks } = await openNetworks(settings, [model]);
  opened.push({ variant, networks, rounds: [] as Round[] });
}
for (let round = 0; round < rounds; round++) {
  for (const each of opened) each.rounds.push(await measure(each.networks, each.variant));
  console.error(`round ${round + 1} of ${rounds}`);
}

const results = opened.map(({ variant, networks, rounds: measured }) => {
  const rates = measured.map(({ picturesPerSecond }) => picturesPerSecond);
  return {
    ...variant,
    picturesPerSecond: { median: median(rates), min: Math.min(...rates), max: Math.max(...rates) },
    cpuMsPerPicture: median(measured.map(({ cpuMs }) => cpuMs)),
    aloneMs: median(measured.map(({ aloneMs }) => aloneMs)),
    /** How many batches held 1, 2, … pictures. */
    fill: networks.stats().fill,
  };
});
const [{ networks: first } = { networks: undefined }] = opened;
const machine = {
  hardware: first === undefined ? provider : hardwareInWords({ ...first.provenance, batch: 1 }),
  processor: cpus()[0]?.model ?? 'unknown',
  cores,
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  system: `${process.platform} ${release()}`,
  node: process.versions.node,
  loadBefore,
  loadAfter: loadavg(),
};
await Promise.all(opened.map(({ networks }) => networks.close()));

const rate = (value: number) => value.toFixed(value < 100 ? 1 : 0);
const base = results[0]?.picturesPerSecond.median ?? NaN;
const rows = results.map(({ sessions, threads, batch, picturesPerSecond, ...each }) =>
  [
    sessions,
    threads,
    batch,
    `${rate(picturesPerSecond.median)} (${rate(picturesPerSecond.min)} to ${rate(picturesPerSecond.max)})`,
    `${(picturesPerSecond.median / base).toFixed(2)} ×`,
    each.cpuMsPerPicture.toFixed(1),
    each.aloneMs.toFixed(1),
  ].join(' | '),
);
const load = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(', ');
const report = `# Pictures a second through the batching stage: ${provider}

\`node dist/bench/inference.js\` with ${model.manifest.name} ${model.manifest.version} on ${machine.hardware};
${machine.processor}, ${cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}; ${startedAt.slice(0, 10)}.
Load of the machine (1, 5, 15 minutes) before ${load(loadBefore)}, after ${load(machine.loadAfter)}. ${rounds} rounds in
which the variants take turns, ${pictures} pictures each; medians, with the slowest and the fastest round.

| sessions | threads each | batch | pictures a second | to the first | CPU ms a picture | one alone, ms |
| --- | --- | --- | --- | --- | --- | --- |
| ${rows.join(' |\n| ')} |
`;
const file = `bench/results/inference-${provider}`;
mkdirSync('bench/results', { recursive: true });
for (const [name, text] of [
  [`${file}.md`, report],
  [
    `${file}.json`,
    JSON.stringify({ startedAt, machine, model: model.manifest.name, rounds, pictures, results }),
  ],
] as const) {
  writeFileSync(name, await format(text, { ...(await resolveConfig(name)), filepath: name }));
}
console.log(report);
