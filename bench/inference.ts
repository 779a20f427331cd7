/**
 * How many pictures a second the batching stage answers: prepared thumbnails in, colourings out, variants interleaved.
 * Run: npx tsc -b && node dist/bench/inference.js [--provider cuda] [--model evidence --model unet-resnet34=2x16,4x32]
 *        [--models FOLDER] [--rounds 9] [--pictures 12] [--instant] [--out FOLDER]
 * After a model stand its variants, sessions x pictures of a batch. `--instant` puts a session in the network's place
 * that answers at once: what the stage itself can do. Prints tables and writes them, with all figures, to
 * bench/results/inference-<provider>.md and .json, anew after each model.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { openNetworks } from '../src/adapters/onnx/open-networks.js';
import { asColouriseError } from '../src/domain/errors.js';
import { hardwareInWords, type Provider } from '../src/domain/hardware.js';
import { type InstalledModel, openRegistry } from '../src/models/registry.js';
import type { Networks } from '../src/ports/networks.js';
import { openInstantNetworks } from './instant-networks.js';
import { measureStage, type Round, type Variant } from './inference-stage.js';
import { medianOf } from './statistics.js';

const { values } = parseArgs({
  options: {
    provider: { type: 'string', default: 'cpu' },
    model: { type: 'string', multiple: true, default: ['evidence'] },
    models: { type: 'string', default: 'models' },
    device: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '9' },
    pictures: { type: 'string', default: '12' },
    instant: { type: 'boolean', default: false },
    out: { type: 'string', default: 'bench/results' },
  },
});
const provider = values.provider as Provider;
const [rounds, pictures] = [Number(values.rounds), Number(values.pictures)];
const cores = availableParallelism();
const name = values.instant ? 'inference-stage' : `inference-${provider}`;

function variantsOf(written: string | undefined): readonly Variant[] {
  if (written !== undefined) {
    return written.split(',').map((variant) => {
      const [sessions = 1, batch = 1] = variant.split('x').map(Number);
      return { sessions, threads: 1, batch };
    });
  }
  if (provider === 'cpu') {
    return [
      { sessions: 1, threads: 1, batch: 1 },
      { sessions: 1, threads: cores, batch: 1 },
      { sessions: cores, threads: 1, batch: 1 },
      { sessions: cores, threads: 1, batch: 4 },
    ];
  }
  return [1, 4, 16, 32].flatMap((batch) =>
    (provider === 'webgpu' ? [1] : [1, 2]).map((sessions) => ({ sessions, threads: 1, batch })),
  );
}

async function open(model: InstalledModel, variant: Variant): Promise<Networks> {
  if (values.instant) return openInstantNetworks(model, variant);
  const wanted = { ...variant, provider, device: Number(values.device) };
  const settings = { ...wanted, allowFallback: false, batchWaitMs: 3, maxRunMs: 60_000 };
  return (await openNetworks(settings, [model])).networks;
}

/** All variants of one model, interleaved. */
async function measureModel(model: InstalledModel, variants: readonly Variant[]) {
  const opened: { variant: Variant; networks: Networks; rounds: Round[] }[] = [];
  for (const variant of variants) {
    opened.push({ variant, networks: await open(model, variant), rounds: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const each of opened) {
      each.rounds.push(await measureStage(each.networks, model, each.variant, pictures));
    }
    console.error(`${model.manifest.name}: round ${round + 1} of ${rounds}`);
  }
  const results = opened.map(({ variant, networks, rounds: measured }) => {
    const of = (key: keyof Round) => measured.map((round) => round[key]);
    const rates = of('picturesPerSecond');
    return {
      ...variant,
      picturesPerSecond: {
        median: medianOf(rates),
        min: Math.min(...rates),
        max: Math.max(...rates),
      },
      cpuMsPerPicture: medianOf(of('cpuMs')),
      mainThreadMsPerPicture: medianOf(of('mainThreadMs')),
      aloneMs: medianOf(of('aloneMs')),
      /** How many batches held 1, 2, … pictures. */
      fill: networks.stats().fill,
    };
  });
  const hardware = opened.map(({ networks }) =>
    hardwareInWords({ ...networks.provenance, batch: 1 }),
  );
  await Promise.all(opened.map(({ networks }) => networks.close()));
  const { name, version } = model.manifest;
  return { model: name, version, hardware: hardware[0] ?? provider, results };
}

type Measured = Awaited<ReturnType<typeof measureModel>>;

const rate = (value: number) => value.toFixed(value < 100 ? 1 : 0);

function tableOf({ model, version, results }: Measured): string {
  const base = results[0]?.picturesPerSecond.median ?? NaN;
  const rows = results.map(({ sessions, threads, batch, picturesPerSecond: found, ...each }) =>
    [
      sessions,
      threads,
      batch,
      `${rate(found.median)} (${rate(found.min)} to ${rate(found.max)})`,
      `${(found.median / base).toFixed(2)} ×`,
      each.cpuMsPerPicture.toFixed(2),
      each.mainThreadMsPerPicture.toFixed(3),
      each.aloneMs.toFixed(1),
    ].join(' | '),
  );
  return `## ${model} ${version}

| sessions | threads each | batch | pictures a second | to the first | CPU ms a picture | of these on the main thread | one alone, ms |
| --- | --- | --- | --- | --- | --- | --- | --- |
| ${rows.join(' |\n| ')} |
`;
}

const startedAt = new Date().toISOString();
const loadBefore = loadavg();
const registry = await openRegistry(values.models);
const measured: Measured[] = [];
const refused: string[] = [];
for (const wanted of values.model) {
  const [reference = '', variants] = wanted.split('=');
  const model = registry.get(reference);
  try {
    measured.push(await measureModel(model, variantsOf(variants)));
  } catch (thrown) {
    const { name, version } = model.manifest;
    refused.push(`${name} ${version}: ${asColouriseError(thrown).message}`);
  }
  await save();
}

async function save(): Promise<void> {
  const machine = machineNow();
  const figures = { startedAt, machine, rounds, pictures, models: measured, refused };
  mkdirSync(values.out, { recursive: true });
  for (const [file, text] of [
    [`${name}.md`, reportOf(machine)],
    [`${name}.json`, JSON.stringify(figures)],
  ] as const) {
    const settings = await resolveConfig(join('bench/results', file));
    writeFileSync(join(values.out, file), await format(text, { ...settings, filepath: file }));
  }
}

function machineNow() {
  return {
    hardware: measured[0]?.hardware ?? provider,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    loadBefore,
    loadAfter: loadavg(),
  };
}

function reportOf(machine: ReturnType<typeof machineNow>): string {
  const load = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(', ');
  const title = values.instant
    ? 'What the batching stage itself can do'
    : `Pictures a second through the batching stage: ${provider}`;
  return `# ${title}

\`node dist/bench/inference.js\` on ${values.instant ? 'a session that answers at once' : machine.hardware};
${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}; ${startedAt.slice(0, 10)}.
Load of the machine (1, 5, 15 minutes) before ${load(loadBefore)}, after ${load(machine.loadAfter)}. ${rounds} rounds in
which the variants take turns, ${pictures} pictures each; medians, with the slowest and the fastest round. A picture comes
as the threads that read films hand it on, 256 × 256 greys, and leaves as a colouring: what the network takes is made of
it in the stage.

${measured.map(tableOf).join('\n')}
${refused.map((each) => `Refused at its gate: ${each}\n`).join('\n')}`;
}

console.log(reportOf(machineNow()));
