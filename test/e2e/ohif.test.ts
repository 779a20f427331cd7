import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { OpenTools } from '../../src/compose/tools.js';
import { compressions } from '../../src/domain/job.js';
import { keepScreenshot, openPage, startBrowser } from '../support/browser.js';
import {
  type ColouredStudy,
  colouredStudy,
  openTools,
  phantomFile,
} from '../support/coloured-study.js';
import { ohifFolder, serveOhif } from '../support/ohif.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { assertComesToShow } from '../support/viewed.js';

const canvas = 'canvas.cornerstone-canvas';
const stillMs = 700;

describe('OHIF', function () {
  this.timeout(180_000);
  let tools: OpenTools;
  let orthanc: PrivateOrthanc;
  let server: Awaited<ReturnType<typeof serveOhif>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  before(async function () {
    this.timeout(300_000);
    const folder = await ohifFolder();
    tools = await openTools();
    orthanc = await PrivateOrthanc.start();
    server = await serveOhif(folder, orthanc.url);
    browser = await startBrowser({ webGl: true });
  });
  beforeEach(async () => {
    ({ page, complaints } = await openPage(browser));
    await page.route(
      (url) => url.origin !== server.url && url.protocol.startsWith('http'),
      (route) => route.abort(),
    );
  });
  afterEach(async function () {
    await keepScreenshot(page, this.currentTest);
    await page.close();
  });
  after(async () => {
    await browser.close();
    await server.close();
    await orthanc.kill();
    await tools.close();
  });

  /** Opens the study; its series are in the panel and its first one is shown. */
  async function open(study: number): Promise<void> {
    await page.goto(`${server.url}/viewer?StudyInstanceUIDs=2.25.77${study}`);
    // The tour starts once the first picture is drawn.
    await page.getByText('Skip all').click({ timeout: 90_000 });
    await thumbnails().nth(1).waitFor();
    assert.equal(await thumbnails().count(), 2);
  }

  const thumbnails = () => page.locator('[data-cy="study-browser-thumbnail"]');

  /** A series, once its thumbnail has put it on the canvas, is our picture. */
  async function assertShows(description: string, ours: Buffer): Promise<void> {
    await thumbnails().filter({ hasText: description }).dblclick();
    const corner = page.locator('[data-cy="viewport-overlay-top-left"]');
    await corner.filter({ hasText: description }).waitFor();
    await assertComesToShow(page, canvas, ours, stillMs);
  }

  async function assertShowsBoth(study: ColouredStudy): Promise<void> {
    await assertShows('AI colour', study.colourPng);
    await assertShows('Phantom PA', study.greyPng);
    assert.deepEqual(complaints, []);
  }

  async function stored(study: ColouredStudy): Promise<ColouredStudy> {
    await orthanc.upload(study.source);
    await orthanc.upload(study.colour);
    return study;
  }

  it('shows the evidence in its hue, beside the source in one study', async () => {
    const source = phantomFile({ seed: 2, opacity: 'left-lower' }, 1);
    const study = await stored(await colouredStudy(source, tools));
    await open(1);
    await assertShowsBoth(study);
  });

  it('shows an inverted source and its colour the same way round', async () => {
    const source = phantomFile({ seed: 3, opacity: 'right-upper', photometric: 'MONOCHROME1' }, 2);
    const study = await stored(await colouredStudy(source, tools, { palette: 'amber' }));
    await open(2);
    await assertShowsBoth(study);
  });

  for (const [index, compression] of compressions.entries()) {
    it(`shows colour that is packed as ${compression}`, async () => {
      const source = phantomFile({ seed: 2, opacity: 'left-lower' }, 10 + index);
      const study = await stored(await colouredStudy(source, tools, { compression }));
      await open(10 + index);
      await assertShowsBoth(study);
    });
  }
});
