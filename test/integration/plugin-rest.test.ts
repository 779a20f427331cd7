import assert from 'node:assert/strict';
import type { PrivateOrthanc } from '../support/orthanc.js';
import { medianOf, orthancWithPlugin, StandInService, stowTimesMs } from './plugin-fixtures.js';

const orthancId = '01234567-89abcdef-01234567-89abcdef-01234567';
const json = { 'Content-Type': 'application/json', 'X-Colouriser': '1' };

describe('plugin: /colouriser/ on the address of Orthanc', function () {
  this.timeout(60_000);
  let service: StandInService;
  let orthanc: PrivateOrthanc;
  const trigger = (body: string, headers: Record<string, string> = json) =>
    fetch(`${orthanc.url}/colouriser/trigger`, { method: 'POST', headers, body });
  const wish = JSON.stringify({ level: 'study', orthancId });
  const stateOf = async (answer: Response) => ((await answer.json()) as { state: string }).state;

  before(async () => {
    service = await new StandInService().start();
    orthanc = await orthancWithPlugin({ Url: service.url, TimeoutSeconds: 0.5 });
  });
  beforeEach(() => {
    service.manner = 'well';
    service.received.length = 0;
  });
  after(async () => {
    await orthanc.kill();
    await service.stop();
  });

  it('passes a trigger on and reports how many were queued', async () => {
    service.queued = 4;
    const answer = await trigger(wish);
    assert.equal(answer.status, 202);
    assert.deepEqual(await answer.json(), { state: 'queued', queued: 4 });
    const sent = service.received.find(({ path }) => path === '/api/trigger');
    assert.deepEqual(JSON.parse(sent?.body ?? ''), { level: 'study', orthancId });
  });

  it('answers 400 to every body that is not exactly a trigger, and passes none on', async () => {
    const bodies = [
      '',
      '{}',
      'null',
      '"study"',
      '[]',
      '{"level":"study"}',
      `{"level":"patient","orthancId":"${orthancId}"}`,
      `{"level":"study","orthancId":"${orthancId.toUpperCase()}"}`,
      `{"level":"study","orthancId":"../${orthancId}"}`,
      `{"level":"study","orthancId":"${orthancId}\\n"}`,
      `{"level":"study","orthancId":["${orthancId}"]}`,
      `{"level":"study","orthancId":7}`,
      `{"level":"study","orthancId":"${orthancId}","url":"http://elsewhere"}`,
      `{"level":"study","level":"series","orthancId":"${orthancId}"}`,
      `{"level":"study","orthancId":"${orthancId}","model":"../etc"}`,
      `{"level":"study","orthancId":"${orthancId}"`,
      '['.repeat(500),
      '{"a":'.repeat(100),
      '\u00ff\u0000',
    ];
    for (const body of bodies) assert.equal((await trigger(body)).status, 400, body);
    assert.equal(
      service.received.some(({ path }) => path === '/api/trigger'),
      false,
    );
  });

  it('survives nesting that would overflow the stack of an HTTP thread of Orthanc', async () => {
    assert.equal((await trigger('['.repeat(100_000))).status, 413);
    assert.equal((await fetch(`${orthanc.url}/system`)).status, 200);
  });

  it('refuses what a page of another site could send', async () => {
    const form = { 'Content-Type': 'text/plain', 'X-Colouriser': '1' };
    assert.equal((await trigger(wish, form)).status, 415);
    const bare = { 'Content-Type': 'application/json' };
    assert.equal((await trigger(wish, bare)).status, 403);
    assert.equal((await trigger(wish, { ...bare, Origin: 'https://evil.example' })).status, 403);
    assert.equal((await trigger(wish, { ...json, 'Sec-Fetch-Site': 'cross-site' })).status, 403);
    assert.equal((await fetch(`${orthanc.url}/colouriser/trigger`)).status, 405);
  });

  it('accepts the buttons of Orthanc Explorer 2, which add no header of their own', async () => {
    const bare = { 'Content-Type': 'application/json' };
    assert.equal((await trigger(wish, { ...bare, Origin: orthanc.url })).status, 202);
    assert.equal((await trigger(wish, { ...bare, 'Sec-Fetch-Site': 'same-origin' })).status, 202);
  });

  it("passes the service's status on", async () => {
    const answer = await fetch(`${orthanc.url}/colouriser/status`);
    assert.equal(answer.headers.get('content-type'), 'application/json');
    assert.deepEqual(await answer.json(), { state: 'ok', waiting: 3 });
  });

  it('names what ails the service, and never asks for a login on its behalf', async () => {
    const cases = [
      ['fail', 502, 'failing'],
      ['garbage', 502, 'failing'],
      ['unauthorised', 502, 'unauthorised'],
      ['hang', 503, 'unreachable'],
    ] as const;
    for (const [manner, status, state] of cases) {
      service.manner = manner;
      const answer = await trigger(wish);
      assert.equal(answer.status, status, manner);
      assert.equal(await stateOf(answer), state);
    }
  });

  it('says that a dead service is unreachable and what to do', async () => {
    await service.stop();
    await new Promise((done) => setTimeout(done, 1100)); // A status is kept for a second.
    const answer = await fetch(`${orthanc.url}/colouriser/status`);
    await service.start();
    assert.equal(answer.status, 503);
    const { state, next } = (await answer.json()) as { state: string; next: string };
    assert.equal(state, 'unreachable');
    assert.match(next, /Start the colouriser/);
  });

  it('keeps Orthanc answering while 60 browsers wait for a service that hangs', async () => {
    const calm = medianOf(await stowTimesMs(orthanc, 20, 15));
    service.manner = 'hang';
    const browsers = Array.from({ length: 60 }, (_, index) =>
      index % 2 ? trigger(wish) : fetch(`${orthanc.url}/colouriser/status`),
    );
    const busy = medianOf(await stowTimesMs(orthanc, 21, 15));
    for (const answer of await Promise.all(browsers)) assert.equal(answer.status, 503);
    const figures = JSON.stringify({ calm, busy });
    if (process.env['SHOW_FIGURES']) console.log(figures);
    assert.ok(busy < 3 * calm + 20, figures);
  });
});

describe("plugin: /colouriser/ behind Orthanc's login", function () {
  this.timeout(30_000);
  let service: StandInService;
  let orthanc: PrivateOrthanc;

  before(async () => {
    service = await new StandInService().start();
    orthanc = await orthancWithPlugin(
      { Url: service.url },
      { configuration: { AuthenticationEnabled: true, RegisteredUsers: { reader: 'secret' } } },
    );
  });
  after(async () => {
    await orthanc.kill();
    await service.stop();
  });

  const login = { Authorization: `Basic ${Buffer.from('reader:secret').toString('base64')}` };
  const ask = (path: string, method: string, headers: Record<string, string>) =>
    fetch(`${orthanc.url}/colouriser/${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(method === 'POST' ? { body: JSON.stringify({ level: 'series', orthancId }) } : {}),
    });

  it('refuses status and trigger without a login and passes nothing on', async () => {
    assert.equal((await ask('status', 'GET', {})).status, 401);
    assert.equal((await ask('trigger', 'POST', {})).status, 401);
    const wrong = { Authorization: `Basic ${Buffer.from('reader:wrong').toString('base64')}` };
    assert.equal((await ask('trigger', 'POST', wrong)).status, 401);
    assert.equal(service.received.filter(({ path }) => path !== '/api/wake').length, 0);
  });

  it('serves both with the login, which it does not pass on', async () => {
    assert.equal((await ask('status', 'GET', login)).status, 200);
    assert.equal((await ask('trigger', 'POST', login)).status, 202);
    assert.equal(
      service.received.every(({ authorization }) => authorization === undefined),
      true,
    );
  });
});
