/** What a run found, and the ratios that count. */
import type { Burst, Run } from './arena.js';
import type { Kernels } from './kernels.js';
import type { Machine } from './machine.js';
import { medianOf, spreadOf, type Spread } from './statistics.js';

export interface Contest {
  readonly floor: readonly Run[];
  readonly ours: readonly Run[];
  readonly openCv: readonly Run[];
  readonly scikitImage: readonly Run[];
}

export interface SizeRow {
  readonly Columns: number;
  readonly Rows: number;
  readonly floorMs: Spread;
  readonly oursMs: Spread;
}

export interface Flatness {
  readonly images: number;
  readonly imagesPerSecond: number;
  /** Growth of resident memory over the second half, MB for 1,000 images. */
  readonly slopeMegabytes: number;
  /** [images done, resident MB]. */
  readonly samples: readonly (readonly [number, number])[];
}

export interface Measured {
  readonly machine: Machine;
  readonly peers: string;
  readonly quick: boolean;
  /** With fresh Orthancs and a fresh service each. */
  readonly rounds: number;
  readonly contest: Contest;
  readonly bursts: { readonly floor: readonly Burst[]; readonly ours: readonly Burst[] };
  readonly peakMegabytes: {
    readonly ours: number;
    readonly openCv?: number;
    readonly scikitImage?: number;
  };
  readonly sizes: readonly SizeRow[];
  readonly flatness?: Flatness;
  readonly kernels: Kernels;
}

/** One promise: `most` or `least` is the bar. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly most?: number;
  readonly least?: number;
}

export const holds = ({ value, most = Infinity, least = -Infinity }: Bar) =>
  value <= most && value >= least;

/** What this run measured of it: a check leaves scikit-image out. */
export function barsOf(measured: Measured): readonly Bar[] {
  return allBars(measured).filter(({ value }) => Number.isFinite(value));
}

function allBars(measured: Measured): readonly Bar[] {
  const { contest, bursts, peakMegabytes, kernels } = measured;
  const floorMs = medianOf(contest.floor.map(({ ms }) => ms));
  const oursMs = medianOf(contest.ours.map(({ ms }) => ms));
  const withoutInference = medianOf(
    contest.ours.map(
      ({ ms, timingsMs }) => ms - (timingsMs['infer'] ?? 0) - (timingsMs['recognise'] ?? 0),
    ),
  );
  const rate = mean(bursts.ours, 'imagesPerSecond');
  const ratePerSecond = (runs: readonly Run[]) => 1000 / medianOf(runs.map(({ ms }) => ms));
  return [
    { name: 'event to series / floor', value: oursMs / floorMs, unit: '×', most: 1.35 },
    {
      name: 'event to series without inference / floor',
      value: withoutInference / floorMs,
      unit: '×',
      most: 1.15,
    },
    {
      name: 'burst rate / floor',
      value: rate / mean(bursts.floor, 'imagesPerSecond'),
      unit: '×',
      least: 0.75,
    },
    {
      name: 'processor time an image / floor',
      value: mean(bursts.ours, 'cpuSecondsPerImage') / mean(bursts.floor, 'cpuSecondsPerImage'),
      unit: '×',
      most: 1.6,
    },
    {
      name: 'burst rate / OpenCV',
      value: rate / ratePerSecond(contest.openCv),
      unit: '×',
      least: 2.5,
    },
    {
      name: 'burst rate / scikit-image',
      value: rate / ratePerSecond(contest.scikitImage),
      unit: '×',
      least: 15,
    },
    {
      name: 'peak memory / OpenCV',
      value: peakMegabytes.ours / (peakMegabytes.openCv ?? NaN),
      unit: '×',
      most: 0.25,
    },
    {
      name: 'peak memory / scikit-image',
      value: peakMegabytes.ours / (peakMegabytes.scikitImage ?? NaN),
      unit: '×',
      most: 0.25,
    },
    { name: 'fuse and encode, one thread', value: kernels.fuseAndEncodeMs, unit: 'ms', most: 60 },
    {
      name: 'window and downscale, one thread',
      value: kernels.windowAndDownscaleMs,
      unit: 'ms',
      most: 40,
    },
    { name: 'peak memory in a burst', value: peakMegabytes.ours, unit: 'MB', most: 400 },
  ];
}

export function mean<K extends string>(
  rows: readonly Readonly<Record<K, number>>[],
  key: K,
): number {
  return rows.reduce((sum, row) => sum + row[key], 0) / rows.length;
}

/** Median and quartiles of every stage, in the order in which stages first appear. */
export function stagesOf(runs: readonly Run[]): readonly (readonly [string, Spread])[] {
  const names = new Set(runs.flatMap(({ timingsMs }) => Object.keys(timingsMs)));
  return [...names].map((name) => [
    name,
    spreadOf(runs.flatMap(({ timingsMs }) => timingsMs[name] ?? [])),
  ]);
}
