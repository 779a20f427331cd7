/** `npm run bench`: the order of things. `scripts/bench.mjs` reads the options and installs what is missing. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Arena, type Burst, type Run } from './arena.js';
import { muchWorse } from './check.js';
import { type Lackey, startPeer } from './contestants.js';
import { type Film, templateOf } from './films.js';
import { measureKernels } from './kernels.js';
import { describeMachine, load, peerVersions } from './machine.js';
import { peakMegabytes as peakOf, residentMegabytes, resetPeak } from './processes.js';
import { type Profile, profileOptions } from './profile.js';
import { reportOf } from './report.js';
import { type Contest, type Flatness, type Measured, type SizeRow } from './results.js';
import { slopeOf, spreadOf } from './statistics.js';

export interface BenchOptions {
  /** A few images of each, in about two minutes. */
  readonly quick: boolean;
  /** Prints the JSON instead of the table. */
  readonly json: boolean;
  /** Compares the ratios with the committed ones, in about a minute, instead of writing new ones. */
  readonly check: boolean;
  /** Folder for a CPU profile of each thread and a trace of the stages. */
  readonly profile?: string;
}

const results = fileURLToPath(new URL('../../bench/results/', import.meta.url));
const committed = join(results, 'latest.json');

/** Images of each kind. */
interface Counts {
  /**
   * Each with fresh Orthancs and a fresh service: which of its arenas a thread of Orthanc happens to use decides, for as
   * long as it runs, whether an image costs it 0.10 or 0.15 s of processor time.
   */
  readonly rounds: number;
  /** Of each round, as are the bursts; peers, sizes and memory are measured in one. */
  readonly singles: number;
  readonly openCv: number;
  readonly scikitImage: number;
  readonly burst: number;
  readonly sizes: number;
  readonly flat: number;
}

/** The check holds what is promised only, with bursts as long as those of the committed run. */
const plan = {
  full: { rounds: 3, singles: 9, openCv: 8, scikitImage: 3, burst: 50, sizes: 7, flat: 2000 },
  quick: { rounds: 1, singles: 7, openCv: 3, scikitImage: 1, burst: 12, sizes: 3, flat: 100 },
  check: { rounds: 1, singles: 11, openCv: 3, scikitImage: 0, burst: 50, sizes: 0, flat: 0 },
} as const satisfies Readonly<Record<string, Counts>>;

const otherSizes = [512, 1024, 2048, 4096] as const;
const warmUps = 3;
/** The floor's best: Orthanc takes no more at once on two cores. */
const floorInFlight = 2;
const flatSide = 512;
const flatSamples = 20;

const say = (what: string) => process.stderr.write(`• ${what}\n`);

/** @returns the exit code: 1 when `check` finds a ratio much worse than the committed one, twice */
export async function runBench(options: BenchOptions): Promise<number> {
  const kind = options.check ? 'check' : options.quick ? 'quick' : 'full';
  const measured = await measure(kind, options.profile);
  const report = reportOf(measured);
  process.stdout.write(options.json ? `${JSON.stringify(measured, undefined, 2)}\n` : report);
  if (options.check) return check(measured);
  if (kind === 'full' && options.profile === undefined) {
    mkdirSync(results, { recursive: true });
    writeFileSync(committed, `${JSON.stringify(measured, undefined, 2)}\n`);
    writeFileSync(join(results, 'latest.md'), report);
  }
  return 0;
}

/** What a neighbour on the machine does to one run it seldom does to the next as well. */
async function check(first: Measured): Promise<number> {
  if (!existsSync(committed)) throw new Error(`${committed} is missing: run npm run bench first`);
  const before = JSON.parse(readFileSync(committed, 'utf8')) as Measured;
  const suspects = muchWorse(before, [first]);
  if (suspects.length === 0) return 0;
  for (const line of suspects) say(`${line}: measured once more`);
  const worse = muchWorse(before, [first, await measure('check')]);
  for (const line of worse) process.stderr.write(`✗ ${line}\n`);
  return worse.length === 0 ? 0 : 1;
}

async function measure(kind: keyof typeof plan, profileFolder?: string): Promise<Measured> {
  const loadBefore = load();
  const counts: Counts = plan[kind];
  say('making phantoms and starting two Orthancs and the service');
  const film = templateOf(2500, 3000);
  const profile: Profile | undefined =
    profileFolder === undefined ? undefined : profileOptions(profileFolder);
  const contests: Contested[] = [];
  for (let round = 1; round < counts.rounds; round++) {
    say(`round ${round} of ${counts.rounds}`);
    const arena = await Arena.open(profile?.nodeOptions);
    const alone = { ...counts, openCv: 0, scikitImage: 0 };
    contests.push(await measurePromises(arena, film, alone).finally(() => arena.close()));
  }
  const arena = await Arena.open(profile?.nodeOptions);
  try {
    const orthanc = await arena.version();
    contests.push(await measurePromises(arena, film, counts));
    const sizes: SizeRow[] = [];
    for (const side of counts.sizes > 0 ? otherSizes : []) {
      say(`${side} × ${side}: floor and service in turn`);
      sizes.push(await takeSize(arena, side, counts.sizes));
      await arena.empty();
    }
    const flatness = counts.flat > 0 ? await stayFlat(arena, counts.flat) : undefined;
    await arena.close();
    say('kernels on one thread');
    const contested = together(contests);
    const measured: Measured = {
      kernels: await measureKernels(film),
      machine: describeMachine(loadBefore, orthanc),
      peers: peerVersions(),
      quick: kind !== 'full',
      rounds: counts.rounds,
      ...contested,
      sizes,
      ...(flatness && { flatness }),
    };
    profile?.finish(contested.contest.ours, say);
    return measured;
  } finally {
    await arena.close();
  }
}

type Contested = Pick<Measured, 'contest' | 'bursts' | 'peakMegabytes'>;

/** All runs of all rounds, and the highest peaks. */
function together(rounds: readonly Contested[]): Contested {
  const runsOf = (who: keyof Contest) => rounds.flatMap(({ contest }) => contest[who]);
  const burstsOf = (who: 'floor' | 'ours') => rounds.flatMap(({ bursts }) => bursts[who]);
  const peaksOf = (who: keyof Contested['peakMegabytes']) =>
    rounds.flatMap(({ peakMegabytes }) => peakMegabytes[who] ?? []);
  const scikitImage = peaksOf('scikitImage');
  return {
    contest: {
      floor: runsOf('floor'),
      ours: runsOf('ours'),
      openCv: runsOf('openCv'),
      scikitImage: runsOf('scikitImage'),
    },
    bursts: { floor: burstsOf('floor'), ours: burstsOf('ours') },
    peakMegabytes: {
      ours: Math.max(...peaksOf('ours')),
      openCv: Math.max(...peaksOf('openCv')),
      ...(scikitImage.length > 0 && { scikitImage: Math.max(...scikitImage) }),
    },
  };
}

/** Floor, service and peers image by image, then in bursts. */
async function measurePromises(arena: Arena, film: Film, counts: Counts): Promise<Contested> {
  const [openCv, scikitImage] = [
    counts.openCv > 0 ? await startPeer('with_opencv.py', arena.away.url) : undefined,
    counts.scikitImage > 0 ? await startPeer('with_skimage.py', arena.away.url) : undefined,
  ];
  say('one image at a time: floor, service and peers in turn');
  const contest = await takeTurns(arena, film, { openCv, scikitImage }, counts);
  await arena.empty();
  say(`bursts of ${counts.burst}: floor and service`);
  resetPeak(arena.ours.pid);
  const bursts = await takeBursts(arena, film, counts.burst);
  const peakMegabytes = {
    ours: peakOf(arena.ours.pid),
    ...(openCv && { openCv: peakOf(openCv.pid) }),
    ...(scikitImage && { scikitImage: peakOf(scikitImage.pid) }),
  };
  await Promise.all([openCv?.end(), scikitImage?.end()]);
  return { contest, bursts, peakMegabytes };
}

async function takeTurns(
  arena: Arena,
  film: Film,
  peers: Readonly<Record<'openCv' | 'scikitImage', Lackey | undefined>>,
  counts: Counts,
): Promise<Contest> {
  for (let round = 0; round < warmUps; round++) await arena.ourImage(film);
  await arena.theirImage(arena.floor, film);
  if (peers.openCv) await arena.theirImage(peers.openCv, film);
  const runs = {
    floor: [] as Run[],
    ours: [] as Run[],
    openCv: [] as Run[],
    scikitImage: [] as Run[],
  };
  for (let round = 0; round < counts.singles; round++) {
    runs.floor.push(await arena.theirImage(arena.floor, film));
    runs.ours.push(await arena.ourImage(film));
    if (peers.openCv && round < counts.openCv)
      runs.openCv.push(await arena.theirImage(peers.openCv, film));
    if (peers.scikitImage && round < counts.scikitImage) {
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
  /** Each begins with empty archives, so that all write over memory and disk in the same state. */
  const alone = async (burst: () => Promise<Burst>) => {
    const measured = await burst();
    await arena.empty();
    return measured;
  };
  const theirs = () => alone(() => arena.theirBurst(arena.floor, film, images, floorInFlight));
  const ours = () => alone(() => arena.ourBurst(film, images));
  // The first burst after its start costs an Orthanc up to 0.09 s an image more, whoever it serves. Archives run for months,
  // so one of each goes by unmeasured.
  await theirs();
  await ours();
  const before = await theirs();
  const between = await ours();
  return { floor: [before, await theirs()], ours: [between] };
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

async function stayFlat(arena: Arena, images: number): Promise<Flatness> {
  say(`${images} images of ${flatSide} × ${flatSide}: memory`);
  const film = templateOf(flatSide, flatSide);
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
