/** The table that people read. */
import {
  barsOf,
  type Flatness,
  holds,
  mean,
  type Measured,
  type SizeRow,
  stagesOf,
} from './results.js';
import { spreadOf, type Spread } from './statistics.js';

export function reportOf(measured: Measured): string {
  const { machine, peers, contest, bursts, peakMegabytes, sizes, flatness } = measured;
  const contestants = [
    ['floor: changes, WADO, STOW', contest.floor],
    ['the service', contest.ours],
    ['Python with OpenCV', contest.openCv],
    ['Python with scikit-image', contest.scikitImage],
  ] as const;
  return [
    '# Benchmark',
    '',
    `Made by \`npm run bench${measured.quick ? ' -- --quick' : ''}\`. ${machine.cores} cores (${machine.processor}), ` +
      `${machine.memoryGiB} GiB; load ${machine.loadBefore} before and ${machine.loadAfter} after, its own included; ` +
      `Node ${machine.node.slice(1)}, Orthanc ${machine.orthanc}; peers: ${peers}, the network in OpenCV's runtime.`,
    '',
    'Each figure is a median with its quartiles, of runs that took turns image by image, in ' +
      `${measured.rounds === 1 ? 'one round' : `${measured.rounds} rounds with fresh Orthancs and a fresh service each`}. ` +
      'Ratios count, times do not.',
    '',
    '## What is promised',
    '',
    table(
      ['', 'reached', 'bar', ''],
      barsOf(measured).map((bar) => [
        bar.name,
        `${figure(bar.value)} ${bar.unit}`,
        `${bar.most === undefined ? '≥' : '≤'} ${figure(bar.most ?? bar.least ?? NaN)} ${bar.unit}`,
        holds(bar) ? 'holds' : 'falls short',
      ]),
    ),
    '',
    '## One image of 2500 × 3000, queue idle',
    '',
    'From the answer to the source’s STOW until the archive shows the colour instance.',
    '',
    table(
      ['', 'ms', 'images', 'stages, ms'],
      contestants
        .filter(([, runs]) => runs.length > 0)
        .map(([name, runs]) => [
          name,
          spread(spreadOf(runs.map(({ ms }) => ms))),
          String(runs.length),
          stagesOf(runs)
            .map(([stage, { median }]) => `${stage} ${median.toFixed(0)}`)
            .join(', '),
        ]),
    ),
    '',
    '## A burst',
    '',
    table(
      ['', 'images', 'images/s', 'CPU s an image', 'of it Orthanc', 'peak memory, MB'],
      [
        ['floor', bursts.floor, NaN] as const,
        ['the service', bursts.ours, peakMegabytes.ours] as const,
      ].map(([name, rows, memory]) => [
        name,
        rows.map(({ images }) => images).join(' + '),
        figure(mean(rows, 'imagesPerSecond')),
        mean(rows, 'cpuSecondsPerImage').toFixed(3),
        mean(rows, 'orthancCpuSecondsPerImage').toFixed(3),
        Number.isNaN(memory) ? '' : memory.toFixed(0),
      ]),
    ),
    '',
    ...peersPeaks(peakMegabytes),
    ...(sizes.length > 0 ? sizesSection(sizes) : []),
    ...(flatness ? flatnessSection(flatness) : []),
  ].join('\n');
}

function peersPeaks({ openCv, scikitImage }: Measured['peakMegabytes']): readonly string[] {
  const peaks = [
    ...(openCv === undefined ? [] : [`OpenCV ${openCv.toFixed(0)} MB`]),
    ...(scikitImage === undefined ? [] : [`scikit-image ${scikitImage.toFixed(0)} MB`]),
  ];
  return peaks.length === 0 ? [] : [`The peers’ peaks: ${peaks.join(', ')}.`, ''];
}

function sizesSection(sizes: readonly SizeRow[]): readonly string[] {
  return [
    '## Other sizes',
    '',
    table(
      ['pixels', 'megapixels', 'floor, ms', 'the service, ms', 'ratio'],
      sizes.map(({ Columns, Rows, floorMs, oursMs }) => [
        `${Columns} × ${Rows}`,
        ((Columns * Rows) / 1e6).toFixed(1),
        spread(floorMs),
        spread(oursMs),
        figure(oursMs.median / floorMs.median),
      ]),
    ),
    '',
  ];
}

function flatnessSection(flatness: Flatness): readonly string[] {
  return [
    '## Over many images',
    '',
    `${flatness.images} images of 512 × 512, ${figure(flatness.imagesPerSecond)} a second; resident memory ` +
      `grew by ${flatness.slopeMegabytes.toFixed(1)} MB for 1,000 images over the second half ` +
      `(${flatness.samples.map(([images, mb]) => `${images}: ${mb.toFixed(0)} MB`).join(', ')}).`,
    '',
  ];
}

const figure = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

const spread = ({ median, low, high }: Spread) =>
  `${median.toFixed(0)} (${low.toFixed(0)} to ${high.toFixed(0)})`;

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
