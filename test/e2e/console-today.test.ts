import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { emptyReport } from '../../src/domain/sweep.js';
import { openPage, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

describe('console: the first page', function () {
  this.timeout(60_000);
  let browser: Browser;
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let page: Page;
  let complaints: string[];

  before(async () => (browser = await startBrowser()));
  after(() => browser.close());
  beforeEach(async () => {
    service = new FakeService(fakeRows(600));
    server = await serveFake(service);
    ({ page, complaints } = await openPage(browser));
  });
  afterEach(async () => {
    await page.close();
    await server.close();
  });
  const open = async () => {
    await page.goto(server.url);
    await page.locator('#daily').waitFor();
  };

  it('comes with less than 500 KB, and without a complaint of the browser', async () => {
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      if (!request.url().includes('/api/')) {
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
      }
    });
    await open();
    await page.locator('.chart canvas').nth(1).waitFor();
    // The library's elements come beside the page, and count as well.
    await page.locator('wa-dialog:defined').first().waitFor({ state: 'attached' });
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 100_000 && bytes < 500_000, `${bytes} bytes`);
    assert.deepEqual(complaints, []);
  });

  it('shows how the service is', async () => {
    await open();
    const text = await page.locator('#vitals').innerText();
    assert.match(text, /Service\s+Ready\s+Orthanc\s+1\.10\.1/);
    assert.match(text, /1 in work · 12 waiting · 1 delayed/);
    assert.match(text, /evidence 1\.0\.0\s+Runs on\s+CPU, 2 sessions\s+Rules\s+4be1c09/);
  });

  it('shows the balance of the day, before any sweep', async () => {
    await open();
    assert.match(
      await page.locator('#daily').innerText(),
      /600\s+arrived\s+=\s+298\s+stored\s+\+\s+199\s+skipped\s+\+\s+100\s+failed\s+\+\s+3\s+pending\s+\?\s+missing\s+not yet compared/,
    );
  });

  it('shows what the last sweep missed', async () => {
    service.swept = { endedAt: new Date(), report: { ...emptyReport(new Date(0)), missing: 3 } };
    await open();
    assert.match(await page.locator('#daily .missing.bad').innerText(), /3\s+missing\s+compared/);
  });

  it('leads from each count to its images', async () => {
    await open();
    await page.locator('#daily').getByRole('link', { name: '100 failed' }).click();
    await page.waitForURL(/\/studies\?state=failed$/);
    await page.locator('#rows tr').first().waitFor();
    assert.equal(await page.locator('#rows .state:not(.failed)').count(), 0);
  });

  it('gives throughput and latency hour by hour, in numbers too', async () => {
    await open();
    await page.getByText('The same in numbers').click();
    const hours = page.locator('.figures tbody tr');
    await hours.first().waitFor();
    assert.equal(await hours.count(), 25);
    const arrived = await page.evaluate<number[]>(
      `[...document.querySelectorAll('.figures tbody tr')].map((row) => Number(row.cells[1].textContent))`,
    );
    assert.equal(
      arrived.reduce((sum, each) => sum + each, 0),
      600,
    );
    // The last hour that is over: of the present one there may be nothing yet.
    assert.match(await hours.nth(23).innerText(), /\d\.\d\d s/);
  });

  it('follows what changes by itself', async () => {
    await open();
    await page.getByText('Live', { exact: true }).waitFor();
    const [newest] = fakeRows(1);
    assert.ok(newest);
    service.rows = [{ ...newest, id: 'job-new' }, ...service.rows];
    service.change();
    // Well before the half minute after which a page asks that is told nothing.
    await page.locator('#daily .arrived').getByText('601').waitFor({ timeout: 15_000 });
  });

  it('goes from page to page by keys, and moves the focus there', async () => {
    await open();
    await page.keyboard.press('2');
    await page.waitForURL(/\/studies$/);
    await page.locator('#rows tr').first().waitFor();
    assert.equal(await page.evaluate<string>('document.activeElement?.id'), 'main');
    await page.keyboard.press('1');
    await page.locator('#daily').waitFor();
  });

  it('changes between dark and light, and remembers it', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await open();
    await page.locator('html.wa-dark:not(.wa-light)').waitFor();
    await page.getByRole('button', { name: 'Change to light' }).click();
    await page.locator('html.wa-light:not(.wa-dark)').waitFor();
    await page.reload();
    await page.locator('html.wa-light:not(.wa-dark)').waitFor();
  });

  it('says where nothing is', async () => {
    await page.goto(`${server.url}/`);
    await page.evaluate("history.pushState(null, '', '/nowhere')");
    await page.getByText('No such page').waitFor();
  });
});
