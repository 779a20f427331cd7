import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { ColouriseError } from '../../src/domain/errors.js';
import { keepScreenshot, openPage, settled, startBrowser } from '../support/browser.js';
import { serveFake } from '../support/fake-service.js';
import { type ModelBench, openModelBench } from '../support/model-bench.js';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe('the page Models', function () {
  this.timeout(90_000);
  let bench: ModelBench;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  before(async () => {
    [bench, browser] = await Promise.all([openModelBench(), startBrowser()]);
    server = await serveFake(bench.service);
    const pair = {
      stored: { model: 'evidence', modelVersion: '1.0.0' },
      shadow: { model: 'autoencoder', modelVersion: '1.0.1' },
    };
    const chroma = { colouredShare: 0.2, meanChroma: 2, maxChroma: 9 };
    const figures = { stored: chroma, shadow: chroma, dice: 0.5, iou: 1 / 3, deltaChroma: 1 };
    bench.book.record({ ...pair, jobId: 'job-6', inferMs: 80, figures });
    bench.book.record({ ...pair, jobId: 'job-0', inferMs: 9, code: 'MODEL_FAILED' });
  });
  after(async () => {
    await browser.close();
    await server.close();
  });
  afterEach(async function () {
    await keepScreenshot(page, this.currentTest);
    await page.close();
  });

  const open = async () => {
    ({ page, complaints } = await openPage(browser));
    await page.goto(`${server.url}/models`);
    await page.locator('.model-card').first().waitFor();
  };
  const card = (reference: string) =>
    page.getByRole('article').filter({ has: page.locator('h3 code', { hasText: reference }) });

  it('has a card for each version: meaning, licence, whole hash, and the rules that take it', async () => {
    await open();
    assert.equal(await page.locator('.model-card').count(), 7);
    const text = await card('evidence@1.3.0').innerText();
    for (const said of ['Grey does not mean normal', 'CC BY 4.0', 'default', 'rest']) {
      assert.ok(text.includes(said), said);
    }
    assert.match(text, /[0-9a-f]{64}/);
    assert.match(await card('autoencoder@1.0.0').innerText(), /pinned, newest/);
    assert.deepEqual(complaints, []);
  });

  it('shows the measured figures with the bars that are missed, the card and its pictures', async () => {
    await open();
    const evidence = card('evidence@1.3.0');
    await evidence.getByText('Figures and card of').click();
    await evidence.locator('[data-reached=false]').first().waitFor();
    assert.match(await evidence.locator('[data-reached=false]').first().innerText(), /missed/);
    await evidence.getByRole('heading', { name: 'What the colour means' }).waitFor();
    const picture = evidence.locator('.card-text img').first();
    await picture.scrollIntoViewIfNeeded();
    const address = (await picture.getAttribute('src')) ?? '';
    assert.equal((await page.request.get(server.url + address)).status(), 200);
    assert.deepEqual(complaints, []);
  });

  it('asks before a version is activated, refuses what fails its golden picture, and then takes it, by keyboard', async () => {
    await open();
    const activate = async () => {
      const agree = page.getByRole('button', { name: 'Do it' });
      // The question before is on its way out for a moment.
      await agree.waitFor({ state: 'hidden' });
      const button = page.getByRole('button', { name: 'Activate autoencoder@1.0.1', exact: true });
      await button.focus();
      await page.keyboard.press('Enter');
      await agree.waitFor();
      // A question that has appeared takes the focus itself, at the next picture.
      await settled(page);
      await agree.focus();
      await page.keyboard.press('Enter');
    };
    bench.gate.fault = new ColouriseError('MODEL_INVALID', 'golden picture: differs');
    await activate();
    await page.locator('.problem', { hasText: 'golden picture: differs' }).waitFor();
    bench.gate.fault = undefined;
    await activate();
    await card('autoencoder@1.0.1').and(page.locator('[data-state=active]')).waitFor();
    assert.match(await card('autoencoder@1.0.1').innerText(), /Rules\s+newest/);
    assert.equal(bench.registry.get('autoencoder').manifest.version, '1.0.1');
  });

  it('lets a version run in the shadow, ends that, and shows what it came to', async () => {
    await open();
    const second = card('autoencoder@1.0.1');
    const agree = page.getByRole('button', { name: 'Do it' });
    await second.getByRole('button', { name: 'Run in the shadow' }).click();
    await agree.click();
    await second.getByText('In the shadow of').waitFor();
    assert.equal(bench.registry.shadowOf('evidence')?.manifest.version, '1.0.1');
    await second.getByRole('button', { name: 'End its shadow' }).click();
    await agree.click();
    await second.getByRole('button', { name: 'Run in the shadow' }).waitFor();
    const pair = page.locator('.shadow-pair');
    const text = await pair.innerText();
    assert.match(text, /autoencoder@1\.0\.1 in the shadow of evidence@1\.0\.0/);
    assert.match(text, /1 MODEL_FAILED/);
    await pair.getByText('Latest images').click();
    await pair.locator('tbody tr').first().waitFor();
    assert.equal(await pair.locator('tbody a').first().getAttribute('href'), '/compare/job-0');
  });

  it('offers changes to administrators alone', async () => {
    ({ page, complaints } = await openPage(browser));
    await page.route('**/api/session', (route) =>
      route.fulfill({
        json: {
          principal: { name: 'somebody', role: 'operator', kind: 'user' },
          isOpen: false,
          methods: { password: true },
        },
      }),
    );
    await page.goto(`${server.url}/models`);
    await page.getByText('Administrators change what is active').waitFor();
    await page.locator('.model-card').first().waitFor();
    assert.equal(await page.locator('.model-card').count(), 7);
    assert.equal(await page.locator('.acts').count(), 0);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`axe finds nothing wrong, ${colorScheme}, wide and narrow`, async () => {
      page = await browser.newPage({ viewport: { width: 1600, height: 960 }, colorScheme });
      await page.goto(`${server.url}/models`);
      const evidence = card('evidence@1.3.0');
      await evidence.getByText('Figures and card of').click();
      await evidence.locator('[data-reached=false]').first().waitFor();
      await page.getByText('Latest images').click();
      await page.evaluate(await readFile(axeFile, 'utf8'));
      assert.deepEqual(await violations(), []);
      await page.setViewportSize({ width: 390, height: 844 });
      assert.deepEqual(await violations(), [], 'narrow');
      assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 390);
    });
  }

  async function violations(): Promise<string[]> {
    const found = await page.evaluate<AxeResults>('axe.run()');
    return found.violations.flatMap(({ id, impact, nodes }) =>
      nodes.map(({ target }) => `${id} (${impact ?? ''}): ${target.join(' ')}`),
    );
  }
});
