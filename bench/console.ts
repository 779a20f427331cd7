/**
 * How long the console takes to open a pair of 2500 × 3000 at full resolution, in Chromium on the same machine: from the
 * address to both pictures drawn.
 * Run: npm run build && node dist/bench/console.js
 */
import { makeChestPhantom } from '../src/phantom/chest-phantom.js';
import { phantomInstance } from '../src/phantom/phantom-instance.js';
import { openPage, startBrowser } from '../test/support/browser.js';
import { PrivateOrthanc } from '../test/support/orthanc.js';
import { freshUid } from '../test/support/part10.js';
import { makePerson } from '../test/support/people.js';
import { until } from '../test/support/process.js';
import { ServiceProcess } from '../test/support/service.js';
import { keepResult, sizeOr } from './keep.js';
import { describeMachine, load } from './machine.js';
import { medianOf } from './statistics.js';

/** What is used of it in the page. */
declare const document: { querySelectorAll(selector: string): { readonly length: number } };

const images = sizeOr(8);
const patienceMs = 120_000;

const loadBefore = load();
const orthanc = await PrivateOrthanc.start();
const service = await ServiceProcess.start(orthanc.url);
for (let seed = 1; seed <= images; seed++) {
  const uids = {
    StudyInstanceUID: freshUid(),
    SeriesInstanceUID: freshUid(),
    SOPInstanceUID: freshUid(),
  };
  const phantom = makeChestPhantom({ seed, opacity: 'right-lower' });
  await orthanc.upload(phantomInstance(phantom, { ...makePerson(seed), ...uids }));
}
const rows = await until(
  'all to be stored',
  async () => {
    const stored = (await service.images()).filter(({ state }) => state === 'stored');
    return stored.length === images ? stored : undefined;
  },
  patienceMs,
);
const browser = await startBrowser();
const { page } = await openPage(browser);
await page.goto(`${service.url}/models`);

/** Asked at each frame: a locator looks twice a second only. @returns ms */
async function opening(id: string): Promise<number> {
  await page.goto('about:blank');
  const begun = performance.now();
  await page.goto(`${service.url}/compare/${id}`, { waitUntil: 'commit' });
  await page.waitForFunction(
    () => document.querySelectorAll('.pane-box[data-drawn=true]').length >= 2,
    undefined,
    { polling: 'raf', timeout: patienceMs },
  );
  return performance.now() - begun;
}

async function openings(): Promise<number[]> {
  const took: number[] = [];
  for (const { id } of rows) took.push(await opening(id));
  return took;
}

const looks = { first: await openings(), again: await openings() };
const { Version } = await orthanc.json<{ readonly Version: string }>('/system');
await browser.close();
await service.stop();
await orthanc.kill();

const row = (name: string, took: readonly number[]) => [
  name,
  medianOf([...took]).toFixed(0),
  Math.min(...took).toFixed(0),
  Math.max(...took).toFixed(0),
];
keepResult('console', {
  title: 'Opening a pair in the console',
  command: 'npm run build && node dist/bench/console.js',
  machine: describeMachine(loadBefore, Version),
  columns: ['2500 × 3000, original and colour', 'median, ms', 'best', 'worst'],
  rows: [row('first look', looks.first), row('opened before', looks.again)],
  remarks: [
    'From the address to both pictures drawn at full resolution, each in a page of its own. At the first look the service ' +
      'fetches and decodes the image and asks the network; it remembers the latest. Orthanc, the service and Chromium, ' +
      'which draws without a GPU, share the cores.',
  ],
  figures: looks,
});
