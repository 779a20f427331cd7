import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { OpenTools } from '../../src/compose/tools.js';
import { keepScreenshot, openPage, startBrowser } from '../support/browser.js';
import {
  type ColouredStudy,
  colouredStudy,
  openTools,
  phantomFile,
} from '../support/coloured-study.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { until } from '../support/process.js';
import { assertComesToShow } from '../support/viewed.js';

const canvas = '#dicomImage canvas';
const stillMs = 300;

describe("Orthanc's web viewer", function () {
  this.timeout(120_000);
  let tools: OpenTools;
  let orthanc: PrivateOrthanc;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  before(async () => {
    tools = await openTools();
    orthanc = await PrivateOrthanc.start({ plugins: ['libOrthancWebViewer.so'] });
    browser = await startBrowser();
  });
  beforeEach(async () => ({ page, complaints } = await openPage(browser)));
  afterEach(async function () {
    await keepScreenshot(page, this.currentTest);
    await page.close();
  });
  after(async () => {
    await browser.close();
    await orthanc.kill();
    await tools.close();
  });

  /** The series of an instance is our picture, once it has been drawn. */
  async function assertShows(instance: string, ours: Buffer): Promise<void> {
    const { ParentSeries } = await orthanc.json<{ ParentSeries: string }>(`/instances/${instance}`);
    await page.goto(`${orthanc.url}/web-viewer/app/viewer.html?series=${ParentSeries}`);
    await page.waitForFunction('cornerstone.getEnabledElements()[0]?.image !== undefined');
    await assertComesToShow(page, canvas, ours, stillMs);
  }

  async function assertShowsBoth(study: ColouredStudy): Promise<void> {
    const [source, colour] = [
      await orthanc.upload(study.source),
      await orthanc.upload(study.colour),
    ];
    await assertShows(source, study.greyPng);
    await assertShows(colour, study.colourPng);
    const said = () => page.locator('body').innerText();
    await until('its name', async () => /AI colour: \S+ - not for diagnosis/.test(await said()));
    const [above, beside] = await Promise.all(
      [source, colour].map((id) => orthanc.json<{ ID: string }>(`/instances/${id}/study`)),
    );
    assert.equal(above?.ID, beside?.ID);
    assert.deepEqual(complaints, []);
  }

  it('shows the evidence in its hue, beside the source in one study', async () => {
    const source = phantomFile({ seed: 2, opacity: 'left-lower' }, 1);
    await assertShowsBoth(await colouredStudy(source, tools));
  });

  it('shows an inverted source and its colour the same way round', async () => {
    const source = phantomFile({ seed: 3, opacity: 'right-upper', photometric: 'MONOCHROME1' }, 2);
    await assertShowsBoth(await colouredStudy(source, tools, { palette: 'amber' }));
  });

  // Without a decoder of JPEG 2000 it stays black, as docs/conformance.md says.
  for (const [index, compression] of (['rle', 'jpeg-ls'] as const).entries()) {
    it(`shows colour that is packed as ${compression}`, async () => {
      const source = phantomFile({ seed: 2, opacity: 'left-lower' }, 10 + index);
      await assertShowsBoth(await colouredStudy(source, tools, { compression }));
    });
  }

  it('shows the tint of a photographic model', async () => {
    const source = phantomFile({ seed: 4 }, 3);
    await assertShowsBoth(await colouredStudy(source, tools, { model: 'unet-resnet18' }));
  });
});
