import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { decide } from '../../src/domain/rules/decide.js';
import { parseRules } from '../../src/config/load-rules.js';
import type { Role } from '../../src/domain/principal.js';
import type { Rehearsal } from '../../src/domain/rehearsal.js';
import type { RehearsalRequest } from '../../src/http/server.js';
import { keepScreenshot, openPage, settled, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';
import { until } from '../support/process.js';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const first = `rules:
  - name: chest
    when: { BodyPartExamined: CHEST }
    colourise: {}
  - name: rest
    skip: no chest
`;
/** Code for the browser is text here. */
const watchForAlerts = `window.alerts = [];
new MutationObserver(() => {
  for (const each of document.querySelectorAll('[role=alert]:not([hidden])')) window.alerts.push(each.textContent);
}).observe(document.body, { childList: true, subtree: true });`;
const hand = { '00180015': { vr: 'CS', Value: ['HAND'] } };

describe('console: the page of rules', function () {
  this.timeout(90_000);
  let browser: Browser;
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let page: Page;
  let complaints: string[];

  const text = (of = page) => of.locator('.rules .cm-content');
  const button = (name: string | RegExp, of = page) => of.getByRole('button', { name });
  const saveButton = (of = page) => button('Save and put into force', of);
  const says = async (words: string | RegExp, of = page) => {
    await of.getByText(words).first().waitFor();
  };
  /** Puts the cursor behind all text and types there. */
  const append = async (words: string, of = page) => {
    await text(of).click();
    await of.keyboard.press('Control+End');
    await of.keyboard.insertText(words);
  };
  /** The browser complains of a refusal by itself. */
  const forgetRefusal = (status: number) => {
    complaints = complaints.filter((each) => !each.includes(`status of ${status}`));
  };
  const open = async (of: Page) => {
    await of.goto(`${server.url}/rules`);
    await text(of).waitFor();
    await says('No fault: 2 rules', of);
    // Who is there, and so may save, is asked for beside the text.
    await saveButton(of).waitFor();
  };

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    service = new FakeService(fakeRows(8));
    await service.rules.save({ text: first, expected: 'absent', by: 'Ada', note: 'at first' });
    server = await serveFake(service);
    ({ page, complaints } = await openPage(browser));
    await open(page);
  });
  afterEach(async function () {
    await keepScreenshot(page, this.currentTest);
    await page.close();
    await server.close();
    assert.deepEqual(complaints, []);
  });

  it('checks while one types, leads to each fault, and saves what has none', async () => {
    await text().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.insertText('rule: 3\n');
    await says('1 fault');
    assert.ok(await saveButton().isDisabled());
    await button('Line 1').click();
    assert.equal(await page.evaluate('document.activeElement.className'), 'code');
    await page.keyboard.press('Shift+End');
    await page.keyboard.press('Delete');
    await says('No fault: 2 rules');
    await append('# seen by two\n');
    await page.getByLabel('Why').fill('a remark');
    await saveButton().click();
    await until('it to be saved', () => service.rules.onDisk?.endsWith('# seen by two\n'));
    const { by, note } = service.rules.history.latest() ?? {};
    assert.deepEqual([by, note], ['this machine', 'a remark']);
    await says('In force: version 2.');
    assert.ok(await saveButton().isDisabled());
  });

  it('offers keys, values and models where they may stand', async () => {
    /** The list is drawn anew while answers come in, so that a click may meet what is no longer there. */
    const choose = (name: RegExp, written: string) =>
      until(
        `'${written}' to stand there`,
        async () => {
          if ((await text().innerText()).includes(written)) return true;
          await page.keyboard.press('Control+Space');
          const option = page.getByRole('option', { name });
          await option.click({ timeout: 5000 }).catch(() => undefined);
          return false;
        },
        60_000,
        100,
      );
    await text().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('End');
    await page.keyboard.insertText('\n  - name: new\n    colourise: { pal');
    await choose(/^palette/, '{ palette:');
    await choose(/^amber/, 'palette: amber');
    await page.keyboard.insertText(', model: une');
    await choose(/^unet-resnet18/, 'model: unet-resnet18');
    await page.keyboard.insertText(' }\n    when:\n      Body');
    await choose(/^BodyPartExamined/, '      BodyPartExamined:');
    await page.keyboard.insertText('HAND');
    await says('No fault: 3 rules');
    const written = (await text().innerText()).replaceAll(/\n+/g, '\n');
    assert.match(written, /colourise: \{ palette: amber, model: unet-resnet18 \}/);
    assert.match(written, /BodyPartExamined: HAND/);
  });

  it('puts in a rule for those who do not know YAML', async () => {
    await page.getByLabel('Insert a rule').selectOption('phantoms');
    await button('Insert').click();
    await page.keyboard.type('no-patients');
    await says('No fault: 3 rules');
    await saveButton().click();
    await until('it to be saved', () =>
      service.rules.onDisk?.includes(`rules:
  - name: no-patients
    when:
      any:
        - { QualityControlSubject: 'YES' }`),
    );
  });

  it('is left by Escape and Tab, and used without a mouse', async () => {
    await page.getByLabel('Insert a rule').focus();
    // The button beside it can do nothing yet, so the editor comes next.
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.className'), 'code');
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.className'), 'code');
    await page.keyboard.insertText('# by keyboard\n');
    await says('No fault: 2 rules');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'INPUT');
    await page.keyboard.type('keys only');
    await page.keyboard.press('Enter');
    await until('it to be saved', () => service.rules.onDisk?.endsWith('# by keyboard\n'));
    await text().focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('# and by Control+S\n');
    await says('No fault: 2 rules');
    await page.keyboard.press('Control+s');
    await until('it to be saved', () => service.rules.onDisk?.endsWith('Control+S\n'));
  });

  it('saves what is typed while a save is under way, without speaking of somebody else', async () => {
    const held: Route[] = [];
    await page.route('**/api/rules', (route) => {
      if (route.request().method() !== 'PUT') return route.continue();
      held.push(route);
      return undefined;
    });
    await page.evaluate(watchForAlerts);
    await append('# first\n');
    await page.getByLabel('Why').fill('of the first');
    await text().focus();
    await page.keyboard.press('Control+s');
    await until('the first save', () => held.length === 1);
    await append('# second\n');
    await page.keyboard.press('Control+s');
    await page.keyboard.press('Control+s');
    await held[0]?.continue();
    await until('the second save', () => held.length === 2);
    assert.ok(service.rules.onDisk?.endsWith('# first\n'));
    await held[1]?.continue();
    await until('both to be saved', () => service.rules.onDisk?.endsWith('# first\n# second\n'));
    await says('In force: version 3.');
    assert.equal(held.length, 2);
    assert.deepEqual(
      service.rules.editions(2).map(({ note }) => note),
      [undefined, 'of the first'],
    );
    assert.deepEqual(await page.evaluate('window.alerts'), []);
  });

  it('says at Control+S why a faulty text is not saved, and saves a mended one that is not checked yet', async () => {
    await append('# mended\nrule: 3\n');
    await says('1 fault');
    await page.keyboard.press('Control+s');
    await page.getByRole('alert').filter({ hasText: 'CONFIG_INVALID' }).waitFor();
    assert.equal(service.rules.onDisk, first);
    forgetRefusal(422);
    await page.route('**/api/rules/validate', () => undefined);
    await page.keyboard.press('Shift+ArrowUp');
    await page.keyboard.press('Delete');
    await says('Not checked yet');
    await page.keyboard.press('Control+s');
    await until('it to be saved', () => service.rules.onDisk?.endsWith('# mended\n'));
    await says('In force: version 2.');
  });

  it('tells two who edit at once of each other, and loses neither edit', async () => {
    const others: BrowserContext = await browser.newContext();
    const other = await others.newPage();
    try {
      await open(other);
      await append('# mine\n');
      await append('# theirs\n', other);
      await says('No fault: 2 rules', other);
      await until('theirs to be savable', () => saveButton(other).isEnabled());
      await saveButton(other).click();
      await until('theirs to be saved', () => service.rules.onDisk?.endsWith('# theirs\n'));
      service.change();
      await says(/The rules were changed by this machine since you began/);
      assert.ok(await saveButton().isDisabled());
      assert.match(await text().innerText(), /# mine/);
      await button('See what was changed').click();
      await says('# theirs');
      await page.keyboard.press('Escape');
      await page.locator('wa-dialog.difference').waitFor({ state: 'detached' });
      await button('Keep my edit in its place').click();
      await saveButton().click();
      await until('mine to be saved', () => service.rules.onDisk?.endsWith('# mine\n'));
      service.change();
      // Who had not begun an edit sees the new text.
      await other.locator('.cm-content', { hasText: '# mine' }).waitFor();
    } finally {
      await others.close();
    }
  });

  it('tells at the save what no event has told, and gives an edit up on request', async () => {
    await append('# mine\n');
    await says('No fault: 2 rules');
    await until('it to be savable', () => saveButton().isEnabled());
    // By hand, on the disk.
    service.rules.onDisk = `${first}# by hand\n`;
    await saveButton().click();
    await says('The rules were changed in their file since you began.');
    assert.ok(service.rules.onDisk.endsWith('# by hand\n'));
    await button('Give my edit up').click();
    await page.locator('.cm-content', { hasText: '# by hand' }).waitFor();
    forgetRefusal(412);
  });

  it('shows every version, what differs, and returns by one click', async () => {
    const { textHash } = await service.rules.state();
    await service.rules.save({ text: `${first}# two\n`, expected: textHash, by: 'Bea' });
    service.change();
    await page.getByRole('tab', { name: 'Versions' }).click();
    await says('Bea');
    await says('at first');
    await button(/^Differences between version 1 /).click();
    await page.getByRole('insertion').filter({ hasText: '# two' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('wa-dialog.difference').waitFor({ state: 'detached' });
    await button(/^Return to version 1/).click();
    await until('the first to be back', () => service.rules.onDisk === first);
    await says('In force: version 3.');
    await says('back to 1');
    assert.doesNotMatch(await text().innerText(), /# two/);
  });

  /** Signs somebody in with this role. */
  const openAs = async (role: Role) => {
    const principal = { name: 'somebody', role, kind: 'user' };
    await page.route('**/api/session', (route) =>
      route.fulfill({ json: { principal, isOpen: false, methods: { password: true } } }),
    );
    await page.reload();
  };

  it('offers an operator checks and rehearsals, and neither a save nor a return', async () => {
    const { textHash } = await service.rules.state();
    await service.rules.save({ text: `${first}# two\n`, expected: textHash, by: 'Bea' });
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.method()));
    await openAs('operator');
    await says('Administrators may change the rules.');
    await append('# a try\n');
    await says('No fault: 2 rules');
    await page.keyboard.press('Control+s');
    assert.ok(await button('Rehearse').isEnabled());
    await page.getByRole('tab', { name: 'Versions' }).click();
    await button(/^Differences between version 1 /).waitFor();
    assert.equal(await saveButton().count(), 0);
    assert.equal(await page.getByLabel('Why').count(), 0);
    assert.equal(await button(/^Return to version/).count(), 0);
    assert.ok(sent.includes('POST') && !sent.includes('PUT'));
    assert.ok(service.rules.onDisk?.endsWith('# two\n'));
  });

  it('tells a viewer who may read the rules', async () => {
    await page.route('**/api/rules', (route) =>
      route.fulfill({ status: 403, json: { code: 'FORBIDDEN', message: 'no', next: '' } }),
    );
    await openAs('viewer');
    await says('Operators may read the rules, and administrators change them.');
    assert.equal(await text().count(), 0);
    forgetRefusal(403);
  });

  it('asks again who is there when the service was away at first', async () => {
    await page.route('**/api/session', (route) => route.fulfill({ status: 503, body: '' }));
    await page.reload();
    await text().waitFor();
    assert.equal(await saveButton().count(), 0);
    await page.unroute('**/api/session');
    await saveButton().waitFor();
    forgetRefusal(503);
  });

  it('says that a file cannot be written, and still checks', async () => {
    service.rules.unwritable = 'it stands on a read-only file system, as a ConfigMap does';
    service.change();
    await says(/read-only file system, as a ConfigMap does/);
    await append('# a try\n');
    await says('No fault: 2 rules');
    assert.ok(await saveButton().isDisabled());
  });

  it('rehearses beside the editor, with progress, an end on request, and the explanation of an image', async () => {
    let asked: RehearsalRequest | undefined;
    let isHeld = true;
    service.rehearsal = async (request) => {
      asked = request;
      request.onProgress({ looked: 3, of: 12, images: 5 });
      await until('go on', () => !isHeld || request.signal.aborted, 30_000);
      request.signal.throwIfAborted();
      return rehearsed(request);
    };
    await page.getByLabel('Days').fill('7');
    await button('Rehearse').click();
    await says('3 of 12 studies, 5 images decided');
    await button('Stop').click();
    await until('the service to hear of it', () => asked?.signal.aborted);
    isHeld = false;
    await button('Rehearse').click();
    await says('Newly taken: 1');
    assert.equal(asked?.days, 7);
    assert.equal(asked.rules, first);
    await says('GPU-less: chest is HAND');
    await says('2.5');
    await page.getByText('Newly taken: 1').click();
    await button('1.2.3.4').click();
    await says(/Why 1\.2\.3\.4/);
    // The heading stands there before the service has heard of it.
    await until('the service to be asked why', () => asked?.explain === '1.2.3.4');
    const tree = page.getByRole('list', { name: /Rules in their order/ }).first();
    await tree.getByText("rule 'chest'").click();
    await tree.getByText('BodyPartExamined: HAND').waitFor();
  });

  for (const theme of ['dark', 'light'] as const) {
    it(`axe finds nothing wrong with it in the ${theme}`, async () => {
      await page.emulateMedia({ colorScheme: theme });
      service.rehearsal = (request) => Promise.resolve(rehearsed(request));
      await page.reload();
      await says('No fault: 2 rules');
      await append('  - name: broken\n');
      await says(/^\d+ faults?$/);
      await button('Rehearse').click();
      await page.getByText('Newly taken: 1').click();
      await button('1.2.3.4').click();
      await says(/Why 1\.2\.3\.4/);
      assert.deepEqual(await runAxe(), []);
      await page.getByRole('tab', { name: 'Versions' }).click();
      await button(/^Differences between version 1 /).click();
      await page.locator('wa-dialog.difference').getByText('broken').first().waitFor();
      assert.deepEqual(await runAxe(), []);
    });
  }

  it('fits a narrow window', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await settled(page);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  });

  /** The policy of the page forbids foreign scripts, so axe comes in by the debugger. */
  async function runAxe(): Promise<string[]> {
    await page.evaluate(await readFile(axeFile, 'utf8'));
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    return violations.flatMap(({ id, impact, nodes }) =>
      nodes.map(({ target, html }) => `${id} (${impact ?? ''}): ${target.join(' ')} ${html}`),
    );
  }
});

function rehearsed({ explain }: RehearsalRequest): Rehearsal {
  const at = new Date();
  const change = { images: 0, examples: [] };
  const { explanation } = decide(parseRules(first, 'test'), hand);
  const uids = {
    StudyInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2.3.1',
    SOPInstanceUID: '1.2.3.4',
  };
  const ruling = { rule: 'rest', reason: "rule 'rest': no chest" };
  const perHour = Array.from({ length: 24 }, (_, hour) => (hour === 9 ? 2.5 : 0));
  const load = {
    jobs: 1,
    perHour,
    busiestHour: { begins: at, jobs: 1 },
    models: [{ model: 'evidence', jobs: 1, computeMinutes: 0.4, networkMinutes: 0.1 }],
  };
  const counts = [
    {
      rule: 'chest',
      outcome: 'colourise' as const,
      images: 5,
      reasons: [{ why: 'GPU-less: chest is HAND', images: 5 }],
    },
  ];
  return {
    report: {
      since: at,
      until: at,
      timeZone: 'UTC',
      images: 5,
      studies: 3,
      studiesFromCache: 3,
      studiesUnread: 0,
      complete: true,
      edited: { version: 'e', counts, load },
      live: { version: 'l', counts, load },
      changes: {
        newlyTaken: {
          images: 1,
          examples: [{ ...uids, arrivedAt: at, live: ruling, edited: ruling }],
        },
        noLongerTaken: change,
        takenOtherwise: change,
        same: 4,
      },
      missingModels: [],
    },
    explained:
      explain === undefined
        ? []
        : [
            {
              ...uids,
              arrivedAt: at,
              edited: { ...ruling, outcome: 'skip', explanation },
              live: { ...ruling, outcome: 'skip', explanation },
            },
          ],
  };
}
