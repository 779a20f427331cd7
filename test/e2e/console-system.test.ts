import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { keepScreenshot, openPage, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const password = 'a long enough password';

describe('console: sign-in and the page System', function () {
  this.timeout(90_000);
  let browser: Browser;
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let page: Page;

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    service = new FakeService(fakeRows(20));
    server = await serveFake(service, { signIn: true });
    ({ page } = await openPage(browser));
  });
  afterEach(async function () {
    await keepScreenshot(page, this.currentTest);
    await page.close();
    await server.close();
  });

  const addUser = async (name: string, role: 'viewer' | 'admin') => {
    const at = new Date();
    const stored = await service.passwords.hash(password);
    service.accounts.users.add({ name, role, password: stored, createdAt: at, changedAt: at });
  };
  const signIn = async (name: string, to = '/system') => {
    await page.goto(`${server.url}/sign-in?to=${to}`);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  };

  it('names the first administrator by the printed link, with the keyboard alone', async () => {
    const link = service.identity.issueFirstLink();
    await page.goto(`${server.url}/sign-in#first=${link?.secret ?? ''}`);
    await page.getByRole('heading', { name: 'The first administrator' }).waitFor();
    await page.getByLabel('Name').and(page.locator(':focus')).waitFor();
    await page.keyboard.type('ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    assert.equal(service.accounts.users.find('ada')?.role, 'admin');
    assert.ok(!page.url().includes('first'));
  });

  it('asks whoever is not signed in, and leads him back to where he was', async () => {
    await addUser('ada', 'admin');
    await page.goto(`${server.url}/studies?state=failed`);
    await page.waitForURL(/\/sign-in\?to=%2Fstudies/);
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Name or password is wrong.').waitFor();
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/studies\?state=failed/);
    // Once the page has asked for all that it shows: what is refused on the way out would lead back here.
    await page.locator('#rows tr').first().waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in$/);
  });

  it('leads nobody to another site', async () => {
    await addUser('ada', 'admin');
    await signIn('ada', encodeURIComponent('//evil.example.org/'));
    assert.equal(new URL(page.url()).origin, server.url);
  });

  it('adds a user, gives another role, and removes, all of it in the audit', async () => {
    await addUser('ada', 'admin');
    await signIn('ada');
    const form = page.getByRole('form', { name: 'Add a user' });
    await form.getByLabel('Name of the user').fill('grace');
    await form.getByLabel('Password').fill(password);
    await form.getByRole('button', { name: 'Add user' }).click();
    await page.getByLabel('Role of grace').selectOption('operator');
    // Loading the page anew would cancel what has not been answered.
    await page
      .locator('#announcer', { hasText: 'grace is operator now' })
      .waitFor({ state: 'attached' });
    const row = page.getByRole('row').filter({ hasText: 'user.change' });
    await page.reload();
    await row.first().waitFor();
    assert.equal(service.accounts.users.find('grace')?.role, 'operator');
    await page.getByRole('button', { name: 'Remove grace' }).click();
    await page.getByRole('button', { name: 'Remove grace' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Remove ada' }).click();
    await page.getByRole('alert').getByText('This is the last administrator.').waitFor();
  });

  it('shows the secret of a new token once', async () => {
    await addUser('ada', 'admin');
    await signIn('ada');
    const form = page.getByRole('form', { name: 'Make a token' });
    await form.getByLabel('What the token is for').fill('a script');
    await form.getByRole('button', { name: 'Make token' }).click();
    const secret = await page.locator('.secret').innerText();
    assert.equal(service.identity.ofToken(secret)?.role, 'viewer');
    await page.reload();
    await page.getByRole('button', { name: 'Revoke a script' }).click();
    await page.getByRole('button', { name: 'Revoke a script' }).waitFor({ state: 'detached' });
    assert.equal(await page.locator('.secret').count(), 0);
    assert.equal(service.identity.ofToken(secret), undefined);
  });

  it('pages through the audit, verifies it and offers all of it', async () => {
    await addUser('ada', 'admin');
    for (let turn = 0; turn < 60; turn++) {
      const by = { who: `user ${turn}`, kind: 'user', address: '10.0.0.1' } as const;
      service.audit.append({ ...by, action: 'session.begin', outcome: 'done' });
    }
    await signIn('ada');
    await page.getByRole('cell', { name: 'user 59', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Older lines' }).click();
    await page.getByRole('cell', { name: 'user 20', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Newer lines' }).click();
    await page.getByRole('cell', { name: 'user 59', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText(/All \d+ lines are as they were written/).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export as JSON lines' }).click(),
    ]);
    const text = await readFile(await download.path(), 'utf8');
    assert.match(text, /"who":"user 0"/);
  });

  it('shows a viewer the health and no more', async () => {
    await addUser('grace', 'viewer');
    await signIn('grace');
    await page.getByText('are shown to administrators').waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Users' }).count(), 0);
    assert.deepEqual(service.audit.page({ action: 'request.refuse', limit: 9 }), []);
  });

  for (const colorScheme of ['dark', 'light'] as const) {
    it(`axe finds nothing wrong with sign-in and System, ${colorScheme}`, async () => {
      await addUser('ada', 'admin');
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.goto(`${server.url}/sign-in`);
      await page.getByLabel('Name').waitFor();
      assert.deepEqual(await runAxe(), []);
      await signIn('ada');
      await page.getByText('settings, secrets hidden').click();
      await page.getByRole('cell', { name: 'session.begin' }).first().waitFor();
      assert.deepEqual(await runAxe(), []);
    });
  }

  async function runAxe(): Promise<readonly string[]> {
    await page.evaluate(await readFile(axeFile, 'utf8'));
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }
});
