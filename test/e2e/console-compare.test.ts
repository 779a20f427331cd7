import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { keepScreenshot, openPage, settled, startBrowser } from '../support/browser.js';
import { serveFake } from '../support/fake-service.js';
import { type LookBench, openLookBench } from '../support/look-bench.js';
import { until } from '../support/process.js';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const patience = { timeout: 60_000 };

describe('the page Compare', function () {
  this.timeout(120_000);
  let bench: LookBench;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  before(async () => {
    [bench, browser] = await Promise.all([openLookBench(), startBrowser()]);
    server = await serveFake(bench.service);
  });
  after(async () => {
    await browser.close();
    await server.close();
    await bench.close();
  });
  afterEach(async function () {
    await keepScreenshot(page, this.currentTest);
    await page.close();
  });

  const panes = () => page.locator('.pane-box');
  const drawn = (count: number) =>
    page
      .locator('.pane-box[data-drawn=true]')
      .nth(count - 1)
      .waitFor(patience);
  const open = async (id: string, count = 2, size?: { width: number; height: number }) => {
    ({ page, complaints } = await openPage(browser, size));
    await page.goto(`${server.url}/compare/${id}`);
    await drawn(count);
  };
  const standing = async (index: number) => {
    const found = await Promise.all(
      ['scale', 'x', 'y'].map((name) => panes().nth(index).getAttribute(`data-${name}`)),
    );
    return found.map(Number);
  };

  /** The pixels of a pane, as it shows them. */
  async function shownIn(index: number): Promise<{ width: number; height: number; rgba: Buffer }> {
    const [width, height, text] = await page.evaluate<[number, number, string]>(`(() => {
      const canvas = document.querySelectorAll('.pane-box canvas')[${index}];
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      let text = '';
      for (let at = 0; at < data.length; at += 8192) {
        text += String.fromCharCode(...data.subarray(at, at + 8192));
      }
      return [width, height, btoa(text)];
    })()`);
    return { width, height, rgba: Buffer.from(text, 'base64') };
  }

  /** How many pixels of the small film are shown otherwise than the product draws them. */
  async function differences(index: number, model: string, query: string): Promise<number> {
    const url = `${server.url}/api/images/small/drawn.png?model=${model}${query}`;
    const { data, width, height } = PNG.sync.read(
      Buffer.from(await (await fetch(url)).arrayBuffer()),
    );
    const shown = await shownIn(index);
    const [left, top] = [
      Math.round(shown.width / 2 - width / 2),
      Math.round(shown.height / 2 - height / 2),
    ];
    let [count, compared] = [0, 0];
    for (let row = Math.max(0, -top); row < Math.min(height, shown.height - top); row++) {
      for (let column = 0; column < width; column++) {
        const [at, there] = [
          4 * (row * width + column),
          4 * ((row + top) * shown.width + column + left),
        ];
        compared += 1;
        if (data.compare(shown.rgba, there, there + 3, at, at + 3) !== 0) count += 1;
      }
    }
    assert.ok(compared >= 0.9 * width * height, `${compared} pixels`);
    return count;
  }

  it('opens original and colour of a whole film, with its score, its meaning and whence it comes', async () => {
    await open('film');
    assert.equal(await panes().count(), 2);
    const text = await page.locator('.beside').innerText();
    for (const said of [
      'Grey does not mean normal',
      'not for diagnosis',
      'as it is stored in the archive',
      'evidence 1.3.0',
      'LINEAR',
    ]) {
      assert.ok(text.includes(said), said);
    }
    assert.match(text, /Score of the model\s+0\.\d{3}/);
    assert.deepEqual(complaints, []);
  });

  it('shows, pixel for pixel, what the product draws, in every palette and strength', async () => {
    await open('small', 2, { width: 1700, height: 1000 });
    await page.keyboard.press('z');
    await until('single pixels', async () => (await standing(1))[0] === 1);
    assert.equal(await differences(1, 'evidence', ''), 0);
    await page.getByLabel('Palette').selectOption('amber');
    await page.getByLabel(/^Strength/).fill('60');
    await page.getByLabel('Contour lines').check();
    const same = (model: string, query: string) =>
      until(
        `the picture of ${model}`,
        async () => (await differences(1, model, query)) === 0,
        30_000,
        200,
      );
    await same('evidence', '&palette=amber&strength=0.6&contours=0.25,0.5,0.75');
    await page.getByRole('combobox', { name: 'Model' }).selectOption('autoencoder@1.0.0');
    await same('autoencoder', '&strength=0.6');
    assert.match(await page.locator('.beside').innerText(), /stored nowhere/);
  });

  it('moves and enlarges both sides as one, by wheel, mouse, keys and fingers', async () => {
    await open('film');
    const [fit = 0] = await standing(0);
    const box = await panes().nth(0).boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 100, box.y + 100);
    await page.mouse.wheel(0, -600);
    await until('a larger picture', async () => ((await standing(0))[0] ?? 0) > 1.5 * fit);
    assert.deepEqual(await standing(1), await standing(0));

    const [, xBefore = 0] = await standing(0);
    await page.mouse.down();
    await page.mouse.move(box.x + 40, box.y + 100, { steps: 4 });
    await page.mouse.up();
    await until('a moved picture', async () => ((await standing(0))[1] ?? 0) > xBefore + 20);
    assert.deepEqual(await standing(1), await standing(0));

    await panes().nth(1).focus();
    const [, , yBefore = 0] = await standing(1);
    await page.keyboard.press('ArrowDown');
    await until('a lower part', async () => ((await standing(0))[2] ?? 0) > yBefore);
    await page.keyboard.press('0');
    await until('the whole picture', async () => (await standing(1))[0] === fit);

    const client = await page.context().newCDPSession(page);
    const touch = (type: string, apart: number) =>
      client.send('Input.dispatchTouchEvent', {
        type: type as 'touchStart',
        touchPoints:
          type === 'touchEnd'
            ? []
            : [-apart, apart].map((dx, id) => ({ x: box.x + 200 + dx, y: box.y + 200, id })),
      });
    await touch('touchStart', 40);
    for (const apart of [60, 80, 100]) await touch('touchMove', apart);
    await touch('touchEnd', 0);
    await until('a pinched picture', async () => ((await standing(1))[0] ?? 0) > 1.5 * fit);
    assert.deepEqual(complaints, []);
  });

  it('goes from view to view, model to model and palette to palette by single keys', async () => {
    await open('small');
    await page.keyboard.press('w');
    const wipe = page.getByLabel('Wipe', { exact: true }).last();
    await wipe.focus();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await wipe.inputValue(), '49');
    await page.locator('h1').click();
    await page.keyboard.press('t');
    await page.locator('figcaption', { hasText: 'Colour: ' }).waitFor();
    await page.keyboard.press('x');
    await page.locator('figcaption', { hasText: 'Original' }).waitFor();
    await page.keyboard.press('s');
    await page.keyboard.press('p');
    assert.equal(await page.getByLabel('Palette').inputValue(), 'amber');
    await page.keyboard.press('[');
    assert.equal(await page.getByLabel(/^Strength/).inputValue(), '95');
    await page.keyboard.press('c');
    assert.equal(await page.getByLabel('Contour lines').isChecked(), true);
    const before = await page.getByRole('combobox', { name: 'Model' }).inputValue();
    await page.keyboard.press('m');
    assert.notEqual(await page.getByRole('combobox', { name: 'Model' }).inputValue(), before);
    await page.keyboard.press('a');
    await drawn(5);
    assert.equal(await panes().count(), 5);
    assert.deepEqual(complaints, []);
  });

  it('says where the pipeline would not colour a picture, and what cannot be shown', async () => {
    await open('hand');
    assert.match(await page.locator('.refused').innerText(), /would not colour this picture/);
    await page.goto(`${server.url}/compare/nobody`);
    await page.locator('.problem').first().waitFor();
  });

  it('offers the latest coloured images where none was chosen', async () => {
    ({ page, complaints } = await openPage(browser));
    await page.goto(`${server.url}/compare`);
    await page.locator('.choice a').first().click();
    await drawn(2);
    assert.match(page.url(), /\/compare\/film$/);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`axe finds nothing wrong with any view, ${colorScheme}, wide and narrow`, async () => {
      page = await browser.newPage({ viewport: { width: 1600, height: 960 }, colorScheme });
      await page.goto(`${server.url}/compare/small`);
      await drawn(2);
      await page.evaluate(await readFile(axeFile, 'utf8'));
      for (const [key, count] of [
        ['s', 2],
        ['w', 1],
        ['t', 1],
        ['a', 5],
      ] as const) {
        await page.keyboard.press(key);
        await drawn(count);
        assert.deepEqual(await violations(), [], `view ${key}`);
      }
      await page.keyboard.press('s');
      await page.setViewportSize({ width: 390, height: 844 });
      await settled(page);
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
