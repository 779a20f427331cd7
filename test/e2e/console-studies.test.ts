import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { focusedRow, openPage, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

/** How soon a change is seen, and how often it may be tried. */
const [mostMs, tries] = [2000, 6];

describe('console: the list of studies', function () {
  this.timeout(60_000);
  let browser: Browser;
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let page: Page;
  let complaints: string[];

  before(async () => (browser = await startBrowser()));
  after(() => browser.close());
  beforeEach(async () => {
    service = new FakeService(fakeRows(2000));
    server = await serveFake(service, { explorerUrl: 'http://127.0.0.1:8042' });
    ({ page, complaints } = await openPage(browser));
  });
  afterEach(async () => {
    await page.close();
    await server.close();
  });
  const rows = () => page.locator('#rows tr');
  const rowIds = () =>
    page.evaluate<string[]>(
      '[...document.querySelectorAll("#rows tr")].map((row) => row.dataset.id)',
    );
  const open = async (query = '') => {
    await page.goto(`${server.url}/studies${query}`);
    await rows().first().waitFor();
  };

  it('shows the counts, and filters by them', async () => {
    await open();
    // The counts come with the status, beside the list.
    await page.locator('#counts', { hasText: /2,000\s+Arrived/ }).waitFor();
    await page.getByRole('button', { name: '333 Failed' }).click();
    await page.locator('#rows tr:has-text("Stored")').first().waitFor({ state: 'detached' });
    // The list is empty until the answer comes.
    await rows().nth(10).waitFor({ state: 'attached' });
    assert.equal(await page.locator('#rows .state:not(.failed)').count(), 0);
    assert.match(page.url(), /\/studies\?state=failed$/);
    assert.deepEqual(complaints, []);
  });

  it('brings older images while one scrolls, each once', async () => {
    await open();
    for (let turn = 0; turn < 4; turn++) {
      const before = await rows().count();
      await page.locator('#older').scrollIntoViewIfNeeded();
      await rows().nth(before).waitFor({ state: 'attached' });
    }
    const ids = await rowIds();
    assert.deepEqual(
      ids,
      service.rows.slice(0, ids.length).map(({ id }) => id),
    );
  });

  it('finds an image by its UID, and says when there is none', async () => {
    await open();
    await page.locator('#uid').fill(service.rows[700]?.source?.SOPInstanceUID ?? '');
    await page.locator('[data-id="job-700"]').waitFor();
    assert.equal(await rows().count(), 1);
    await page.locator('#uid').fill('9.9.9');
    await page.getByText('No image fits this filter').waitFor();
    await page.getByRole('button', { name: 'Show all images' }).click();
    await page.locator('[data-id="job-0"]').waitFor();
  });

  it('filters by rule, model and day, and keeps the filter in the address', async () => {
    await open();
    await page.getByLabel('Rule').selectOption('tint-for-teaching');
    await page.locator('[data-id="job-0"]').waitFor({ state: 'detached' });
    await rows().first().waitFor();
    const shown = await rowIds();
    const ruled = service.rows.filter(({ rule }) => rule === 'tint-for-teaching');
    assert.deepEqual(
      shown,
      ruled.slice(0, shown.length).map(({ id }) => id),
    );
    await page.getByLabel('Model').selectOption('evidence');
    await page.getByText('No image fits this filter').waitFor();
    await page.getByRole('button', { name: 'Show all images' }).click();

    await page.getByLabel('Arrived until').fill('2001-01-01');
    await page.getByLabel('Arrived until').press('Tab');
    await page.getByText('No image fits this filter').waitFor();
    await open('?from=2001-01-01&state=stored&rule=frontal-chest');
    assert.equal(await page.getByLabel('Arrived from').inputValue(), '2001-01-01');
    assert.equal(await page.getByLabel('Rule').inputValue(), 'frontal-chest');
    assert.equal(await page.locator('#rows .state:not(.stored)').count(), 0);
  });

  it('finds the images of a patient, and keeps the terms out of every address', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
    await open();
    await page.getByText('By patient, accession number or study date').click();
    await page.getByLabel('Patient id').fill('P4711');
    await page.getByLabel('Patient id').press('Enter');
    await page.getByText(/^\d+ studies in the archive/).waitFor();
    await rows().first().waitFor();
    assert.ok(asked.includes(`POST ${server.url}/api/images/search`), asked.join('\n'));
    assert.ok(!asked.some((each) => each.includes('4711')) && !page.url().includes('4711'));
    await page.getByRole('button', { name: 'Show all images again' }).click();
    await page.locator('[data-id="job-0"]').waitFor();
  });

  it('shows a new image by itself, within two seconds', async () => {
    await open();
    await page.getByText('Live', { exact: true }).waitFor();
    const [newest] = fakeRows(1);
    assert.ok(newest);
    const took: number[] = [];
    // A machine that has other work as well is given some tries: the best one counts.
    while (took.length < tries && !took.some((ms) => ms < mostMs)) {
      const id = `job-new-${took.length}`;
      const begun = performance.now();
      service.rows = [{ ...newest, id }, ...service.rows];
      service.change();
      await page.locator(`[data-id="${id}"]`).waitFor();
      took.push(Math.round(performance.now() - begun));
    }
    assert.ok(Math.min(...took) < mostMs, `${took.join(', ')} ms`);
  });

  it('keeps the focus where it is when other rows change', async () => {
    await open();
    await page.locator('[data-id="job-5"] a').focus();
    const [settled] = fakeRows(1);
    assert.ok(settled);
    service.rows[0] = { ...settled, id: 'job-0' };
    service.change();
    await page.locator('[data-id="job-0"]:has-text("Stored")').waitFor();
    assert.equal(await focusedRow(page), 'job-5');
  });

  it('tells how to send a first image when there is none', async () => {
    service.rows = [];
    await page.goto(`${server.url}/studies`);
    await page.getByText('Nothing has arrived yet').waitFor();
    // Where Orthanc is comes with the status, beside the list.
    await page.locator('#empty', { hasText: /curl .*127\.0\.0\.1:8042\/instances/ }).waitFor();
  });

  it('says that Orthanc is away, and that the rules do not validate', async () => {
    const { orthanc } = await service.status();
    service.state = {
      state: 'degraded',
      reasons: ['Orthanc does not answer.'],
      orthanc: { url: orthanc.url, reachable: false },
      rules: { version: '4be1c09', file: 'rules.yaml', fault: 'Line 7: unknown key `whn`.' },
    };
    await open();
    const notice = await page.getByRole('alert').innerText();
    assert.match(notice, /Orthanc does not answer\. Nothing is lost/);
    assert.match(notice, /Version 4be1c09 stays in force\. Line 7/);
  });

  it('says that the service is away, keeps what it showed, and comes back by itself', async () => {
    await open();
    await page.getByText('Live', { exact: true }).waitFor();
    const port = Number(new URL(server.url).port);
    await server.close();
    await page.getByText('The service does not answer.').waitFor();
    assert.ok((await rows().count()) > 10);
    server = await serveFake(service, {}, port);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
  });
});
