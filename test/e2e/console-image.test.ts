import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { focusedRow, openPage, settled, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';
import { until } from '../support/process.js';

/** Red minus green of each shown picture, at the opacity that the drawing has. */
const redOverGreen = `Promise.all([...document.querySelectorAll('.pair img')].map(async (image) => {
  await image.decode();
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
  context.drawImage(image, 0, 0);
  const [r, g] = context.getImageData(width * 0.27, height * 0.65, 1, 1).data;
  return r - g;
}))`;

describe('console: one image', function () {
  this.timeout(60_000);
  let browser: Browser;
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let page: Page;

  before(async () => (browser = await startBrowser()));
  after(() => browser.close());
  beforeEach(async () => {
    service = new FakeService(fakeRows(60));
    server = await serveFake(service, { explorerUrl: 'http://127.0.0.1:8042' });
    ({ page } = await openPage(browser));
  });
  afterEach(async () => {
    await page.close();
    await server.close();
  });
  const detail = () => page.locator('#detail');
  const dialog = () => page.locator('wa-dialog[open]');
  const open = async (id: string) => {
    await page.goto(`${server.url}/studies/${id}`);
    await detail().locator('.stage img').first().waitFor();
    // Its keys work a moment after it is seen.
    await settled(page);
  };

  it('opens from its row and from its address, and closes with the back button', async () => {
    await page.goto(`${server.url}/studies`);
    await page.locator('[data-id="job-6"] .story').click();
    await detail().getByText('DX · CHEST · PA').waitFor();
    assert.match(page.url(), /\/studies\/job-6$/);
    await page.goBack();
    await detail().waitFor({ state: 'hidden' });
  });

  it('is used by keyboard alone: choose, open, wipe, toggle, close', async () => {
    await page.goto(`${server.url}/studies`);
    await page.locator('[data-id="job-0"]').waitFor();
    for (let step = 0; step < 7; step++) await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const slider = page.getByRole('slider');
    await slider.waitFor();
    await slider.focus();
    const share = async () => Number(await slider.getAttribute('aria-valuenow'));
    // It moves with each picture that the browser draws, and only while the key is down.
    await page.keyboard.down('ArrowRight');
    await until('more than half of the original', async () => (await share()) > 50);
    await page.keyboard.up('ArrowRight');

    await page.keyboard.press('s');
    await detail().locator('.pair img').nth(1).waitFor();
    await page.keyboard.press('t');
    await detail().locator('.toggle .label').getByText('With colour').waitFor();
    await page.keyboard.press('t');
    await detail().locator('.toggle .label').getByText('Original').waitFor();
    await page.keyboard.press('j');
    await page.waitForURL(/job-7$/);
    await page.keyboard.press('Escape');
    await detail().waitFor({ state: 'hidden' });
    assert.equal(await focusedRow(page), 'job-7');
  });

  it('lets single keys be switched off', async () => {
    await open('job-6');
    await page.keyboard.press('?');
    await dialog().getByText('Single keys work everywhere').click();
    await dialog().getByText('Close', { exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    await page.keyboard.press('s');
    assert.equal(await detail().locator('.pair').count(), 0);
  });

  it('shows grey before and colour after, where the opacity is', async () => {
    await open('job-6');
    await page.keyboard.press('s');
    await detail().locator('.pair img').nth(1).waitFor();
    const spread = await page.evaluate<number[]>(redOverGreen);
    assert.equal(spread[0], 0);
    assert.ok((spread[1] ?? 0) > 10, `red over green by ${spread[1] ?? 0}`);
  });

  it('gives the score with what it does not say, the stages, and ways into Orthanc', async () => {
    await open('job-6');
    // What the colour means comes with the status, beside the image.
    await detail().getByText('Grey does not mean normal').waitFor();
    const text = await detail().innerText();
    assert.match(text, /0\.83/);
    assert.match(text, /Not a diagnosis: a low score does not mean normal/);
    assert.match(text, /1\.33 s of work/);
    assert.match(text, /infer\s+420 ms/);
    const link = page.getByRole('link', { name: 'Orthanc Explorer' });
    assert.match((await link.getAttribute('href')) ?? '', /explorer\.html#study\?uuid=study-id$/);
    await page.getByRole('link', { name: 'Web viewer' }).waitFor();
  });

  it('tells how its pixels were packed, where they were', async () => {
    await open('job-6');
    assert.equal(await detail().getByText('Stored as').count(), 0);
    service.rows = service.rows.map((row) => ({ ...row, compression: 'jpeg-2000' as const }));
    await page.reload();
    await detail().getByText('JPEG 2000, lossless').waitFor();
  });

  it('labels a tint as one without medical meaning, and shows no score', async () => {
    await open('job-3');
    const words = page.getByText('Pleasing tint without medical meaning');
    // What kind the model is comes with the status, beside the image.
    await words.nth(1).waitFor();
    assert.equal(await words.count(), 2);
    assert.equal(await detail().locator('.score').count(), 0);
    assert.doesNotMatch(await page.locator('#legend').innerText(), /evidence/i);
  });

  it('shows the original alone where there is no colour, with the reason', async () => {
    await open('job-5');
    assert.equal(await detail().locator('.stage img').count(), 1);
    assert.match(await detail().innerText(), /No lungs found/);
  });

  it('tries a failed image again', async () => {
    await open('job-4');
    await detail().getByText('Send the image again from its source').waitFor();
    await page.keyboard.press('r');
    await detail().getByText('Pending').waitFor();
    assert.equal(service.woken, 1);
    assert.equal(service.rows[4]?.state, 'pending');
  });

  it('shows the way from event to series, with what it waited', async () => {
    await open('job-6');
    const text = await detail().locator('.timeline').innerText();
    assert.match(text, /arrived in the archive/);
    assert.match(text, /waits, is decided, and is handed out\s+276 ms/);
    assert.match(text, /store\s+388 ms/);
    assert.match(text, /its colour series is in the archive/);
  });

  it('says clause by clause why it was decided so, with what was read', async () => {
    const [row] = fakeRows(1);
    service.decisions.set('job-6', {
      rule: 'frontal-chest',
      rulesVersion: row?.rulesVersion ?? '',
      reason: 'Modality DX in [CR, DX]',
      decidedAt: new Date(),
      explanation: {
        kind: 'rule',
        text: 'frontal-chest',
        truth: 'true',
        parts: [
          {
            kind: 'clause',
            text: 'Modality in [CR, DX]',
            predicate: 'in [CR, DX]',
            truth: 'true',
            read: { name: 'Modality', state: 'present', values: ['DX'], withheld: false },
          },
        ],
      },
    });
    await open('job-6');
    await detail().getByText('Why, clause by clause').click();
    await detail().locator('.clauses .read').getByText('read: DX').waitFor();
    assert.match(
      await detail().locator('.clauses').innerText(),
      /true frontal-chest\s+true Modality in \[CR, DX\]/,
    );
  });

  it('shows whom it is of only when somebody asks for it', async () => {
    await open('job-6');
    assert.doesNotMatch(await page.locator('body').innerText(), /Phantom/);
    await detail().getByRole('button', { name: 'Show the patient' }).click();
    await detail().locator('.patient').getByText('Phantom^Chest').waitFor();
    assert.doesNotMatch(page.url(), /Phantom/);
  });

  it('withdraws the colour of this image alone, after a question', async () => {
    await open('job-6');
    await page.getByRole('button', { name: 'Withdraw the colour…' }).click();
    await dialog().getByText('Cancel').click();
    await dialog().waitFor({ state: 'detached' });
    assert.equal(service.begun.length, 0);
    await page.getByRole('button', { name: 'Withdraw the colour…' }).click();
    await dialog().getByText('Withdraw', { exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    const [request] = service.begun;
    assert.ok(request?.kind === 'withdraw');
    const { model, version, image, dryRun } = request;
    assert.deepEqual([model, version, image, dryRun], ['evidence', '1.0.0', 'job-6', false]);
  });

  it('colours it with another model, after a question', async () => {
    await open('job-6');
    await page.getByRole('button', { name: 'Colour with another model…' }).click();
    await dialog()
      .getByRole('combobox', { name: 'Model', exact: true })
      .selectOption('unet-resnet18');
    await dialog().getByText('Colour it', { exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    const orthancId = service.rows[6]?.orthancId;
    assert.deepEqual(service.triggered, [{ level: 'instance', orthancId, model: 'unet-resnet18' }]);
  });

  it('says why something was refused, and what to do', async () => {
    const none = { restore: false, redo: false, dryRun: false };
    const task = service.tasks.start({ kind: 'sweep', days: 1, askedBy: 'another', ...none });
    assert.ok(task);
    await open('job-6');
    await page.getByRole('button', { name: 'Withdraw the colour…' }).click();
    await dialog().getByText('Withdraw', { exact: true }).click();
    const problem = detail().getByText('Another task is under way.');
    await problem.waitFor();
    assert.match(await detail().innerText(), /Wait for its end.*TASK_RUNNING/s);
  });

  it('changes to the coloured picture when the work is done', async () => {
    await open('job-0');
    await detail().getByText('Waits for its turn.').waitFor();
    const [done] = fakeRows(1);
    assert.ok(done);
    service.rows[0] = { ...done, id: 'job-0' };
    service.change();
    await page.getByRole('slider').waitFor();
  });

  it('copies a UID', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await open('job-6');
    await detail().getByRole('button', { name: 'Copy StudyInstanceUID' }).click();
    await page
      .locator('#announcer', { hasText: 'StudyInstanceUID copied' })
      .waitFor({ state: 'attached' });
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.equal(copied, service.rows[6]?.source?.StudyInstanceUID);
  });
});
