/** `npm run bench`: the order of things. `scripts/bench.mjs` reads the options and installs what is missing. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Arena, type Burst, type Run } from './arena.js';
import { changesFrom } from './check.js';
import { type Lackey, startPeer } from './contestants.js';
import { type Film, templateOf } from './films.js';
import { measureKernels } from './kernels.js';
import { describeMachine, load, peerVersions } from './machine.js';
import { peakMegabytes, residentMegabytes, resetPeak } from './processes.js';
import { type Profile, profileOptions } from './profile.js';
import { reportOf } from './report.js';
import { type Contest, type Flatness, type Measured, type SizeRow } from './results.js';
import { slopeOf, spreadOf } from './statistics.js';

export interface BenchOptions {
  /** A few images of each, in about two minutes. */
  readonly quick: boolean;
  /** Prints the JSON instead of the table. */
  readonly json: boolean;
  /** Compares the ratios with the committed ones instead of writing new ones. */
  readonly check: boolean;
  /** Folder for a CPU profile of each thread and a trace of the stages. */
  readonly profile?: string;
}

const results = fileURLToPath(new URL('../../bench/results/', import.meta.url));
const committed = join(results, 'latest.json');

/** Images of each kind: full and quick. */
const plan = {
  full: { singles: 25, openCv: 8, scikitImage: 3, burst: 50, sizes: 7, flat: 2000 },
  quick: { singles: 7, openCv: 3, scikitImage: 1, burst: 12, sizes: 3, flat: 100 },
} as const;

const otherSizes = [512, 1024, 2048, 4096] as const;
const warmUps = 3;
/** The floor's best: Orthanc takes no more at once on two cores. */
const floorInFlight = 2;
const flatSide = 512;
const flatSamples = 20;

/** @returns the exit code: 1 when `check` finds a ratio much worse than the committed one */
export async function runBench(options: BenchOptions): Promise<number> {
  const loadBefore = load();
  const say = (what: string) => process.stderr.write(`• ${what}\n`);
  const counts = options.quick ? plan.quick : plan.full;
  say('making phantoms and starting two Orthancs and the service');
  const film = templateOf(2500, 3000);
  const profile: Profile | undefined =
    options.profile === undefined ? undefined : profileOptions(options.profile);
  const arena = await Arena.open(profile?.nodeOptions);
  const orthanc = await arena.version();
  let ended = false;
  const openCv = await startPeer('with_opencv.py', arena.away.url);
  const scikitImage = await startPeer('with_skimage.py', arena.away.url);
  try {
    say('one image at a time: floor, service and peers in turn');
    const contest = await takeTurns(arena, film, { openCv, scikitImage }, counts);
    await arena.empty();
    say(`bursts of ${counts.burst}: floor and service`);
    resetPeak(arena.ours.pid);
    const bursts = await takeBursts(arena, film, counts.burst);
    const peaks = {
      ours: peakMegabytes(arena.ours.pid),
      openCv: peakMegabytes(openCv.pid),
      scikitImage: peakMegabytes(scikitImage.pid),
    };
    await Promise.all([openCv.end(), scikitImage.end()]);
    const sizes: SizeRow[] = [];
    for (const side of otherSizes) {
      say(`${side} × ${side}: floor and service in turn`);
      sizes.push(await takeSize(arena, side, counts.sizes));
      await arena.empty();
    }
    say(`${counts.flat} images of ${flatSide} × ${flatSide}: memory`);
    const flatness = await stayFlat(arena, templateOf(flatSide, flatSide), counts.flat);
    await arena.close();
    ended = true;
    say('kernels on one thread');
    const measured: Measured = {
      kernels: await measureKernels(film),
      machine: describeMachine(loadBefore, orthanc),
      peers: peerVersions(),
      quick: options.quick,
      contest,
      bursts,
      peakMegabytes: peaks,
      sizes,
      flatness,
    };
    profile?.finish(contest.ours, say);
    return conclude(measured, options);
  } finally {
    if (!ended) await arena.close();
  }
}

async function takeTurns(
  arena: Arena,
  film: Film,
  peers: { readonly openCv: Lackey; readonly scikitImage: Lackey },
  counts: { readonly singles: number; readonly openCv: number; readonly scikitImage: number },
): Promise<Contest> {
  for (let round = 0; round < warmUps; round++) await arena.ourImage(film);
  await arena.theirImage(arena.floor, film);
  await arena.theirImage(peers.openCv, film);
  const runs = {
    floor: [] as Run[],
    ours: [] as Run[],
    openCv: [] as Run[],
    scikitImage: [] as Run[],
  };
  for (let round = 0; round < counts.singles; round++) {
    runs.floor.push(await arena.theirImage(arena.floor, film));
    runs.ours.push(await arena.ourImage(film));
    if (round < counts.openCv) runs.openCv.push(await arena.theirImage(peers.openCv, film));
    if (round < counts.scikitImage) {
      runs.scikitImage.push(await arena.theirImage(peers.scikitImage, film));
    }
  }
  return runs;
}

async function takeBursts(
  arena: Arena,
  film: Film,
  images: number,
): Promise<{ readonly floor: readonly Burst[]; readonly ours: readonly Burst[] }> {
  const half = Math.ceil(images / 2);
  const before = await arena.theirBurst(arena.floor, film, half, floorInFlight);
  const ours = await arena.ourBurst(film, images);
  const after = await arena.theirBurst(arena.floor, film, half, floorInFlight);
  await arena.empty();
  return { floor: [before, after], ours: [ours] };
}

async function takeSize(arena: Arena, side: number, images: number): Promise<SizeRow> {
  const film = templateOf(side, side);
  await arena.ourImage(film);
  await arena.theirImage(arena.floor, film);
  const [floor, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < images; round++) {
    floor.push((await arena.theirImage(arena.floor, film)).ms);
    ours.push((await arena.ourImage(film)).ms);
  }
  return { Columns: side, Rows: side, floorMs: spreadOf(floor), oursMs: spreadOf(ours) };
}

async function stayFlat(arena: Arena, film: Film, images: number): Promise<Flatness> {
  const { ours } = arena;
  const samples: (readonly [number, number])[] = [[0, residentMegabytes(ours.pid)]];
  let busySeconds = 0;
  for (let done = 0; done < images;) {
    const burst = await arena.ourBurst(film, Math.ceil(images / flatSamples));
    busySeconds += burst.images / burst.imagesPerSecond;
    done += burst.images;
    samples.push([done, residentMegabytes(ours.pid)]);
    if (samples.length % 5 === 0) await arena.empty();
  }
  const secondHalf = samples.slice(Math.floor(samples.length / 2));
  return {
    images,
    imagesPerSecond: images / busySeconds,
    slopeMegabytes: 1000 * slopeOf(secondHalf),
    samples,
  };
}

function conclude(measured: Measured, options: BenchOptions): number {
  const report = reportOf(measured);
  process.stdout.write(options.json ? `${JSON.stringify(measured, undefined, 2)}\n` : report);
  if (options.check) {
    if (!existsSync(committed)) throw new Error(`${committed} is missing: run npm run bench first`);
    const before = JSON.parse(readFileSync(committed, 'utf8')) as Measured;
    const worse = changesFrom(before, measured);
    for (const line of worse) process.stderr.write(`✗ ${line}\n`);
    return worse.length === 0 ? 0 : 1;
  }
  if (!options.quick && options.profile === undefined) {
    mkdirSync(results, { recursive: true });
    writeFileSync(committed, `${JSON.stringify(measured, undefined, 2)}\n`);
    writeFileSync(join(results, 'latest.md'), report);
  }
  return 0;
}
