import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { openPage, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const sizes = [
  { width: 1600, height: 960 },
  { width: 390, height: 844 },
];

/** Each view with the keys that lead to it. */
const views: readonly [string, string, readonly string[]][] = [
  ['the list', '', []],
  ['the wipe', '#/image/job-6', ['w']],
  ['the pictures side by side', '#/image/job-6', ['s']],
  ['the toggle', '#/image/job-6', ['t']],
  ['a failure', '#/image/job-4', []],
  ['a tint', '#/image/job-3', []],
  ['the keys', '', ['?']],
];

describe('page: accessibility', function () {
  this.timeout(90_000);
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let page: Page;

  before(async () => {
    browser = await startBrowser();
    server = await serveFake(new FakeService(fakeRows(20)), { explorerUrl: 'http://orthanc' });
  });
  after(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(() => page.close());

  for (const size of sizes) {
    for (const [name, hash, keys] of views) {
      it(`axe finds nothing wrong with ${name}, ${size.width} pixels wide`, async () => {
        ({ page } = await openPage(browser, size));
        await page.goto(`${server.url}/${hash}`);
        await page
          .locator(hash === '' ? '#rows tr' : '#detail .facts')
          .first()
          .waitFor();
        for (const key of keys) await page.keyboard.press(key);
        const violations = await runAxe();
        assert.deepEqual(violations, []);
      });
    }

    it(`nothing is wider than a window of ${size.width} pixels`, async () => {
      ({ page } = await openPage(browser, size));
      for (const hash of ['', '#/image/job-6']) {
        await page.goto(`${server.url}/${hash}`);
        await page.locator('#legend h2').waitFor();
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        assert.equal(width, size.width);
      }
    });
  }

  /** The policy of the page forbids foreign scripts, so axe comes in by the debugger. */
  async function runAxe(): Promise<string[]> {
    await page.evaluate(await readFile(axeFile, 'utf8'));
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    return violations.flatMap(({ id, impact, nodes }) =>
      nodes.map(({ target }) => `${id} (${impact ?? ''}): ${target.join(' ')}`),
    );
  }
});
