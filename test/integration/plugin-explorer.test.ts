import assert from 'node:assert/strict';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { PrivateOrthanc } from '../support/orthanc.js';
import { orthancWithPlugin, StandInService, tinyRadiograph } from './plugin-fixtures.js';

describe('plugin: the button in Orthanc Explorer', function () {
  this.timeout(60_000);
  let service: StandInService;
  let orthanc: PrivateOrthanc;
  let browser: Browser;
  let page: Page;
  let ids: Record<'study' | 'series' | 'instance', string>;

  before(async () => {
    service = await new StandInService().start();
    orthanc = await orthancWithPlugin({ Url: service.url, TimeoutSeconds: 2 });
    const instance = await orthanc.upload(tinyRadiograph(1, 1));
    const { ParentSeries: series } = await orthanc.json<{ ParentSeries: string }>(
      `/instances/${instance}`,
    );
    const { ParentStudy: study } = await orthanc.json<{ ParentStudy: string }>(`/series/${series}`);
    ids = { study, series, instance };
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
  });
  beforeEach(async () => {
    service.manner = 'well';
    service.queued = 1;
    service.received.length = 0;
    page = await browser.newPage();
  });
  afterEach(() => page.close());
  after(async () => {
    await browser.close();
    await orthanc.kill();
    await service.stop();
  });

  /** Opens Explorer's page, presses the button and gives the sentence that it says. */
  async function press(level: keyof typeof ids, base = orthanc.url): Promise<string> {
    await page.goto(`${base}/app/explorer.html#${level}?uuid=${ids[level]}`);
    await page.locator(`#colourise-${level}`).click();
    const said = page.locator(`#colouriser-said-${level}`);
    await said.filter({ hasText: /[.)]$/ }).waitFor();
    return (await said.textContent()) ?? '';
  }

  for (const level of ['study', 'series', 'instance'] as const) {
    it(`colourises the ${level} that is shown`, async () => {
      assert.equal(await press(level), '1 image queued.');
      const sent = service.received.find(({ path }) => path === '/api/trigger');
      assert.deepEqual(JSON.parse(sent?.body ?? ''), { level, orthancId: ids[level] });
    });
  }

  it('says how many images were queued', async () => {
    service.queued = 12;
    assert.equal(await press('study'), '12 images queued.');
  });

  it('says that nothing was left to do', async () => {
    service.queued = 0;
    assert.match(await press('study'), /^Nothing to do: already there/);
  });

  it('says that the service is unreachable and how to mend it', async () => {
    await service.stop();
    const said = await press('study');
    await service.start();
    assert.match(said, /^The colouriser is unreachable\. Start the colouriser/);
  });

  it('says the same of a service that hangs', async () => {
    service.manner = 'hang';
    assert.match(await press('study'), /^The colouriser is unreachable/);
  });

  it('shows each button once, and nothing said, on the next study', async () => {
    await press('study');
    const other = await orthanc.upload(tinyRadiograph(2, 1));
    const { ParentSeries: series } = await orthanc.json<{ ParentSeries: string }>(
      `/instances/${other}`,
    );
    await page.evaluate((uuid) => {
      const { location } = globalThis as unknown as { location: { hash: string } };
      location.hash = `#series?uuid=${uuid}`;
    }, series);
    await page.locator('#colourise-series').click();
    await page.locator('#colouriser-said-series').filter({ hasText: 'queued' }).waitFor();
    const triggers = service.received.filter(({ path }) => path === '/api/trigger');
    assert.equal(
      (JSON.parse(triggers.at(-1)?.body ?? '') as { orthancId: string }).orthancId,
      series,
    );
    assert.equal(await page.locator('[id^=colourise-study]').count(), 1);
    assert.equal(await page.locator('#colouriser-said-study').textContent(), '');
  });

  it('links to the page of the service', async () => {
    await page.goto(`${orthanc.url}/app/explorer.html#study?uuid=${ids.study}`);
    const link = page.locator('#study').getByText('Open colouriser');
    await link.waitFor();
    assert.equal(await link.getAttribute('href'), service.url);
  });
});
