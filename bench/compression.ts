/**
 * What each `compression` of a rule costs and saves: bytes, time and memory of one phantom over lines of three widths,
 * and sizes over a folder of radiographs where there is one.
 * Run: npx tsc -b && node dist/bench/compression.js
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openColourTools } from '../src/compose/tools.js';
import { loadSettings } from '../src/config/load-settings.js';
import { compressions } from '../src/domain/job.js';
import { colourPicture } from '../src/pipeline/colour-picture.js';
import { renderingOf } from '../src/pipeline/rendering.js';
import { startStopwatch } from '../src/pipeline/stopwatch.js';
import { fileOf } from '../test/support/archive.js';
import { PrivateOrthanc } from '../test/support/orthanc.js';
import { temporaryFolder, until } from '../test/support/process.js';
import { type ImageAnswer, ServiceProcess } from '../test/support/service.js';
import { copyOf, templateOf } from './films.js';
import { keepResult, sizeOr } from './keep.js';
import { describeMachine, load } from './machine.js';
import { narrowLine } from './narrow-line.js';
import { peakMegabytes, resetPeak } from './processes.js';
import { medianOf } from './statistics.js';
import { stow } from './wire.js';

const ways = ['none', ...compressions] as const;
type Way = (typeof ways)[number];

const Columns = sizeOr(2500);
const template = templateOf(Columns, Math.round(1.2 * Columns));
const radiographs = '../shared/data/dicom/chest';
const megabit = 1_000_000 / 8;
const lines = [
  { name: 'loopback', bytesPerSecond: Infinity, images: 3 },
  { name: '100 Mbit/s', bytesPerSecond: 100 * megabit, images: 2 },
  { name: '10 Mbit/s', bytesPerSecond: 10 * megabit, images: 1 },
];

interface Measured {
  readonly way: Way;
  readonly bytes: number;
  readonly packMs: number;
  readonly storeMs: number;
  /** By line: from the colouring that the network gave to the series that was verified, ms. */
  readonly toSeriesMs: readonly number[];
  readonly peakMB: number;
}

/** What is left once the network has seen the picture. It is sent while it is drawn where nothing is packed. */
function toSeriesMs({ timingsMs }: ImageAnswer): number {
  const before = timingsMs['compress'] === undefined ? [] : ['fuse', 'compress'];
  return [...before, 'encode', 'store', 'verify'].reduce(
    (sum, stage) => sum + (timingsMs[stage] ?? 0),
    0,
  );
}

async function measure(way: Way, orthanc: PrivateOrthanc): Promise<Measured> {
  const line = await narrowLine(orthanc.url);
  const rules = join(temporaryFolder(), 'rules.yaml');
  writeFileSync(rules, `rules: [{ name: all, colourise: { compression: ${way} } }]\n`);
  const service = await ServiceProcess.start(line.url, { env: { COLOURISER_RULES_FILE: rules } });
  const colour = async (): Promise<ImageAnswer> => {
    const { part10, SOPInstanceUID } = copyOf(template);
    await stow(orthanc.url, part10);
    return until(
      'its colour',
      async () => (await service.rowsOf(SOPInstanceUID)).find(({ state }) => state === 'stored'),
      120_000,
    );
  };
  await colour();
  const last = await colour();
  resetPeak(service.pid ?? 0);
  const byLine = [];
  for (const { bytesPerSecond, images } of lines) {
    line.bytesPerSecond = bytesPerSecond;
    const rows: ImageAnswer[] = [];
    while (rows.length < images) rows.push(await colour());
    byLine.push(rows);
  }
  const [local = []] = byLine;
  const stage = (name: string) => medianOf(local.map(({ timingsMs }) => timingsMs[name] ?? 0));
  const measured = {
    way,
    bytes: (await fileOf(orthanc, last.output?.SOPInstanceUID ?? '')).length,
    packMs: stage('compress'),
    storeMs: stage('store'),
    toSeriesMs: byLine.map((rows) => medianOf(rows.map(toSeriesMs))),
    peakMB: peakMegabytes(service.pid ?? 0),
  };
  await service.stop();
  await line.close();
  return measured;
}

/** Bytes of plain RGB for each packed byte, film by film. */
async function ratios(): Promise<Readonly<Record<string, readonly number[]>>> {
  if (!existsSync(radiographs)) return {};
  const tools = await openColourTools(loadSettings(undefined, {}), { concurrency: 1 });
  const rendering = renderingOf({}, tools.registry, 'evidence');
  const found: Record<string, number[]> = Object.fromEntries(compressions.map((way) => [way, []]));
  for (const name of readdirSync(radiographs)) {
    const part10 = new Uint8Array(readFileSync(join(radiographs, name)));
    const coloured = await colourPicture(part10, rendering, tools, startStopwatch(), {
      needsLungs: false,
    });
    if (coloured.kind === 'skipped') continue;
    const rgb = await coloured.drawing.whole();
    for (const way of compressions) {
      const { codestream } = await tools.pictures.compress({ ...coloured.picture.image, rgb }, way);
      found[way]?.push(rgb.length / codestream.length);
    }
  }
  await tools.close();
  return found;
}

const loadBefore = load();
const orthanc = await PrivateOrthanc.start();
const measured: Measured[] = [];
for (const way of ways) {
  process.stderr.write(`• ${way}\n`);
  measured.push(await measure(way, orthanc));
}
const { Version } = await orthanc.json<{ readonly Version: string }>('/system');
await orthanc.kill();
const byFilm = await ratios();

const spread = (values: readonly number[] = []) =>
  values.length === 0
    ? ''
    : [Math.min(...values), medianOf(values), Math.max(...values)]
        .map((value) => value.toFixed(2))
        .join(' / ');
keepResult('compression', {
  title: `Colour that is packed: one phantom of ${Columns} × ${Math.round(1.2 * Columns)}`,
  command: 'npx tsc -b && node dist/bench/compression.js',
  machine: describeMachine(loadBefore, Version),
  columns: [
    '`compression`',
    'file, MB',
    'pack, ms',
    'STOW, ms',
    ...lines.map(({ name }) => `${name}, ms`),
    'peak memory, MB',
    'RGB / packed, radiographs',
  ],
  rows: measured.map(({ way, bytes, packMs, storeMs, toSeriesMs: times, peakMB }) => [
    `\`${way}\``,
    (bytes / 1e6).toFixed(1),
    packMs.toFixed(0),
    storeMs.toFixed(0),
    ...times.map((ms) => ms.toFixed(0)),
    peakMB.toFixed(0),
    spread(byFilm[way]),
  ]),
  remarks: [
    'Medians; packing and STOW-RS over loopback. By line: from the colouring that the network gave to the verified series, with ' +
      'drawing, packing, storing and verifying; only what goes to Orthanc is held up, as on a line that is narrow upwards. Memory of ' +
      '`serve`, one image after the other.',
    `Last column: least, median and most over ${byFilm[compressions[0]]?.length ?? 0} radiographs of public collections.`,
  ],
  figures: { Columns, measured, byFilm },
});
