import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { emptyReport } from '../../src/domain/sweep.js';
import { focusedRow, openPage, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

describe('page: the list', function () {
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
  const open = async (hash = '') => {
    await page.goto(`${server.url}/${hash}`);
    await rows().first().waitFor();
  };

  it('comes with less than 100 KB, without a complaint of the browser', async () => {
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      if (!request.url().includes('/api/')) {
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
      }
    });
    await open();
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 30_000 && bytes < 100_000, `${bytes} bytes`);
    assert.deepEqual(complaints, []);
  });

  it('shows the balance of the day, before any sweep', async () => {
    await open();
    const daily = page.locator('#daily');
    assert.match(
      await daily.innerText(),
      /arrived [\d,]+ = stored [\d,]+ \+ skipped .* \+ failed .* \+ pending .* not yet compared/,
    );
  });

  it('shows what the last sweep missed', async () => {
    const report = { ...emptyReport(new Date(0)), missing: 3 };
    service.swept = { endedAt: new Date(), report };
    await open();
    await page.locator('#daily').getByText('missing 3, compared').waitFor();
  });

  it('shows the counts, and filters by them', async () => {
    await open();
    assert.match(await page.locator('#counts').innerText(), /2,000\s+Arrived/);
    await page.getByRole('button', { name: '333 Failed' }).click();
    await page.locator('#rows tr:has-text("Stored")').first().waitFor({ state: 'detached' });
    assert.equal(await page.locator('#rows .state:not(.failed)').count(), 0);
    assert.ok((await rows().count()) > 10);
  });

  it('brings older images while one scrolls, each once', async () => {
    await open();
    for (let turn = 0; turn < 4; turn++) {
      const before = await rows().count();
      await page.locator('#older').scrollIntoViewIfNeeded();
      await rows().nth(before).waitFor({ state: 'attached' });
    }
    const ids = await page.evaluate<string[]>(
      '[...document.querySelectorAll("#rows tr")].map((row) => row.dataset.id)',
    );
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

  it('shows a new image by itself, within two seconds', async () => {
    await open();
    await page.getByText('Live', { exact: true }).waitFor();
    const [newest] = fakeRows(1);
    assert.ok(newest);
    service.rows = [{ ...newest, id: 'job-new' }, ...service.rows];
    service.change();
    await page.locator('[data-id="job-new"]').waitFor({ timeout: 2000 });
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
    await page.goto(server.url);
    await page.getByText('Nothing has arrived yet').waitFor();
    assert.match(await page.locator('#empty').innerText(), /curl .*127\.0\.0\.1:8042\/instances/);
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
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 20_000 });
    await page.getByRole('alert').waitFor({ state: 'hidden' });
  });
});
