import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { openPage, settled, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const sizes = [
  { width: 1600, height: 960 },
  { width: 390, height: 844 },
];

/** Each view with what is there once it is drawn, and the keys that lead to it. */
const views: readonly (readonly [name: string, path: string, drawn: string, keys: string])[] = [
  ['the first page', '/', '.chart canvas', ''],
  ['the list', '/studies', '#rows tr', ''],
  ['the wipe', '/studies/job-6', '#detail .facts', 'w'],
  ['the pictures side by side', '/studies/job-6', '#detail .facts', 's'],
  ['the toggle', '/studies/job-6', '#detail .facts', 't'],
  ['a failure', '/studies/job-4', '#detail .facts', ''],
  ['a tint', '/studies/job-3', '#detail .facts', ''],
  ['the keys', '/studies', '#rows tr', '?'],
];

describe('console: accessibility', function () {
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

  for (const colorScheme of ['dark', 'light'] as const) {
    for (const [name, path, drawn, keys] of views) {
      it(`axe finds nothing wrong with ${name}, ${colorScheme}`, async () => {
        ({ page } = await openPage(browser));
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        for (const size of sizes) {
          await page.setViewportSize(size);
          await page.goto(server.url + path);
          await page.locator(drawn).first().waitFor();
          await settled(page);
          if (keys !== '') await page.keyboard.press(keys);
          // While it appears, it is half transparent.
          const dialog = page.getByRole('dialog').and(page.locator(':not(.show)'));
          if (keys === '?') await dialog.waitFor();
          assert.deepEqual(await runAxe(), [], `${size.width} pixels wide`);
        }
      });
    }
  }

  for (const size of sizes) {
    it(`nothing is wider than a window of ${size.width} pixels`, async () => {
      ({ page } = await openPage(browser, size));
      for (const [path, drawn] of [
        ['/', '.chart canvas'],
        ['/studies', '#rows tr'],
        ['/studies/job-6', '#detail .facts'],
      ] as const) {
        await page.goto(server.url + path);
        await page.locator(drawn).first().waitFor();
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        assert.equal(width, size.width, path);
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
