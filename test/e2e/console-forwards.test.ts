import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { openPage, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

describe('console: where colour goes on to', function () {
  this.timeout(60_000);
  let browser: Browser;
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let page: Page;

  before(async () => (browser = await startBrowser()));
  after(() => browser.close());
  beforeEach(async () => {
    service = new FakeService(fakeRows(10));
    server = await serveFake(service);
    ({ page } = await openPage(browser));
  });
  afterEach(async () => {
    await page.close();
    await server.close();
  });
  const open = async () => {
    await page.goto(`${server.url}/studies/job-6`);
    await page.locator('#detail h3').first().waitFor();
  };

  it('says of each destination what became of it, and sends again what was given up', async () => {
    const since = new Date('2026-01-31T08:00:00Z');
    service.rows = service.rows.map((row) =>
      row.id !== 'job-6'
        ? row
        : {
            ...row,
            forwards: [
              { destination: 'archive', state: 'sent', attempts: 1, since, settledAt: since },
              { destination: 'branch', state: 'pending', attempts: 0, since },
              {
                destination: 'research',
                state: 'failed',
                attempts: 8,
                code: 'DESTINATION_REFUSED',
                reason: 'no thanks',
                since,
                settledAt: since,
              },
            ],
          },
    );
    await open();
    const rows = page.locator('#forwards .pairs > div');
    await rows.first().waitFor();
    const said = await rows.allInnerTexts();
    assert.match(said[0] ?? '', /^archive\s+sent /);
    assert.match(said[1] ?? '', /^branch\s+waits$/);
    assert.match(said[2] ?? '', /^research\s+given up: no thanks$/);
    const again = page.getByRole('button', { name: 'Send again' });
    await again.focus();
    await page.keyboard.press('Enter');
    await page
      .locator('#announcer', { hasText: 'It is sent again' })
      .waitFor({ state: 'attached' });
    assert.deepEqual(service.forwardsRetried, [{ imageId: 'job-6' }]);
  });

  it('says nothing where no rule sends it anywhere', async () => {
    await open();
    assert.equal(await page.locator('#forwards').count(), 0);
  });
});
