import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import { ColouriseError } from '../../src/domain/errors.js';
import type {
  Activity,
  ErrorJson,
  ImageJson,
  ImagePage,
  ServiceStatus,
  Wire,
} from '../../src/http/api.js';
import type { Rehearsal } from '../../src/domain/rehearsal.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';
import { until } from '../support/process.js';

const study = '8f0d1c2e-00112233-44556677-8899aabb-ccddeeff';

describe('HTTP API', () => {
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  const call = (path: string, init?: RequestInit) => fetch(server.url + path, init);
  const json = async (path: string): Promise<unknown> => (await call(path)).json();
  const page = async (path: string) => (await json(path)) as Wire<ImagePage>;
  const codeOf = async (answer: Response) => ((await answer.json()) as ErrorJson).code;
  const post = (path: string, body: unknown = {}) =>
    call(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });

  beforeEach(async () => {
    service = new FakeService(fakeRows(2000));
    server = await serveFake(service, { explorerUrl: 'http://orthanc:8042/' });
  });
  afterEach(() => server.close());

  it('answers for the state of the service, with counts that balance', async () => {
    const status = (await json('/api/status')) as Wire<ServiceStatus>;
    assert.equal(status.state, 'ready');
    assert.deepEqual(status.balance, {
      undecided: 0,
      pending: 3,
      stored: 998,
      skipped: 666,
      failed: 333,
    });
  });

  it('asks the service once for many readers', async () => {
    await Promise.all(Array.from({ length: 20 }, () => call('/api/status')));
    assert.equal(service.asked, 1);
  });

  it('pages through all images, newest first, each once', async () => {
    const seen: string[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const query: string = next === '' ? '' : `&before=${next}`;
      const answer = await page(`/api/images?limit=300${query}`);
      seen.push(...answer.images.map(({ id }) => id));
      next = answer.next;
    }
    assert.deepEqual(
      seen,
      service.rows.map(({ id }) => id),
    );
  });

  it('filters by state, model and the start of a UID', async () => {
    const failed = await page('/api/images?state=failed&limit=5');
    assert.deepEqual(new Set(failed.images.map(({ state }) => state)), new Set(['failed']));
    const tinted = await page('/api/images?model=unet-resnet34&limit=5');
    assert.deepEqual(new Set(tinted.images.map(({ model }) => model)), new Set(['unet-resnet34']));
    const found = await page(`/api/images?uid=${service.rows[40]?.source?.SOPInstanceUID ?? ''}`);
    assert.deepEqual(
      found.images.map(({ id }) => id),
      ['job-40'],
    );
  });

  it('shows one image with what an operator does next about its failure', async () => {
    const image = (await json('/api/images/job-4')) as Wire<ImageJson>;
    assert.equal(image.code, 'CORRUPT_PIXEL_DATA');
    assert.match(image.next ?? '', /Send the image again/);
  });

  it('shows no fact of a row that is not meant to be shown', async () => {
    const row = service.rows[6];
    assert.ok(row);
    service.rows[6] = { ...row, summary: { ...row.summary, PatientName: 'Doe^Jane' } };
    assert.doesNotMatch(await (await call('/api/images?limit=500')).text(), /Doe/);
    assert.doesNotMatch(await (await call('/api/images/job-6')).text(), /Doe/);
  });

  it('gives the picture before and after as PNG, as wide as asked', async () => {
    for (const side of ['before', 'after']) {
      const answer = await call(`/api/images/job-6/${side}.png?width=256`);
      assert.equal(answer.headers.get('content-type'), 'image/png');
      assert.equal(PNG.sync.read(Buffer.from(await answer.arrayBuffer())).width, 256);
    }
  });

  it('says so when there is no coloured picture', async () => {
    const answer = await call('/api/images/job-4/after.png');
    assert.equal(answer.status, 404);
    assert.equal(await codeOf(answer), 'NO_PREVIEW');
  });

  it('links to the study in Orthanc Explorer and to the series in the web viewer', async () => {
    assert.deepEqual(await json('/api/images/job-6/links'), {
      explorer: 'http://orthanc:8042/app/explorer.html#study?uuid=study-id',
      viewer: 'http://orthanc:8042/web-viewer/app/viewer.html?series=series-id',
    });
  });

  it('links to OHIF and Stone where they are known, by the study', async () => {
    const viewers = { ohifUrl: 'http://orthanc:8042/ohif/', stoneUrl: 'https://stone.example/s' };
    const other = await serveFake(service, { viewers });
    const links = await (await fetch(`${other.url}/api/images/job-6/links`)).json();
    await other.close();
    const study = service.rows[6]?.source?.StudyInstanceUID ?? '';
    assert.deepEqual(links, {
      ohif: `http://orthanc:8042/ohif/viewer?StudyInstanceUIDs=${study}`,
      stone: `https://stone.example/s/index.html?study=${study}`,
    });
  });

  it('filters by rule and time of arrival, and refuses a time without a zone', async () => {
    const listed = async (query: string) =>
      (await page(`/api/images?limit=500&${query}`)).images.map(({ id }) => id);
    const byRule = await listed('rule=tint-for-teaching');
    assert.ok(byRule.includes('job-3') && !byRule.includes('job-6'));
    const at = (index: number) => service.rows[index]?.arrivedAt.toISOString() ?? '';
    assert.deepEqual(await listed(`since=${at(7)}&until=${at(5)}`), ['job-6', 'job-7']);
    const answer = await call('/api/images?since=2026-01-31');
    assert.equal(await codeOf(answer), 'INVALID_REQUEST');
    assert.deepEqual(await json('/api/rule-names'), {
      rules: ['everything-else', 'frontal-chest', 'tint-for-teaching'],
    });
  });

  it('tells what passed hour by hour, as many as the day has', async () => {
    const { since, hours } = (await json('/api/activity')) as Wire<Activity>;
    const sum = hours.reduce(
      (all, { stored, skipped, failed, pending }) => all + stored + skipped + failed + pending,
      0,
    );
    const firstHour = new Date(since).setUTCMinutes(0, 0, 0);
    const arrived = service.rows.filter(({ arrivedAt }) => arrivedAt.getTime() >= firstHour);
    assert.equal(sum, arrived.length);
    const measured = hours.flatMap(({ latency }) => latency ?? []);
    assert.ok(measured.every(({ medianMs, p95Ms }) => medianMs > 1000 && p95Ms >= medianMs));
    assert.ok(measured.length > 0);
  });

  it('puts a failed image back to pending and wakes the service', async () => {
    assert.equal((await post('/api/images/job-4/retry')).status, 202);
    assert.equal(service.rows[4]?.state, 'pending');
    assert.equal(service.woken, 1);
  });

  it('refuses to retry what is stored', async () => {
    const answer = await post('/api/images/job-6/retry');
    assert.equal(answer.status, 409);
    assert.equal(await codeOf(answer), 'NOT_RETRYABLE');
    assert.equal(service.woken, 0);
  });

  it('wakes the service, also for a program that sends no body', async () => {
    assert.equal((await post('/api/wake')).status, 202);
    assert.equal((await call('/api/wake', { method: 'POST' })).status, 202);
    assert.equal(service.woken, 2);
  });

  it('queues a study on request', async () => {
    const request = { level: 'study', orthancId: study, model: 'autoencoder' };
    const answer = await post('/api/trigger', request);
    assert.equal(answer.status, 202);
    assert.deepEqual(await answer.json(), { queued: 2 });
    assert.deepEqual(service.triggered, [request]);
  });

  it('passes the code of a failed trigger on, with what to do', async () => {
    service.trigger = () => Promise.reject(new ColouriseError('MODEL_NOT_FOUND', 'No model x.'));
    const answer = await post('/api/trigger', { level: 'study', orthancId: study });
    assert.equal(answer.status, 502);
    assert.deepEqual(await answer.json(), {
      code: 'MODEL_NOT_FOUND',
      message: 'No model x.',
      next: 'Install the model, or correct the rule that names it.',
    });
  });

  it('rehearses rules, tells how far it is, and then what would be', async () => {
    service.rehearsal = ({ rules, days, onProgress }) => {
      onProgress({ looked: 1, of: 2, images: 3 });
      return Promise.resolve({ report: { rules, days }, explained: [] } as unknown as Rehearsal);
    };
    const answer = await post('/api/rules/rehearse', { rules: 'rules: []', days: 7 });
    assert.equal(answer.headers.get('content-type'), 'application/x-ndjson');
    const lines = (await answer.text()).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      [
        { progress: { looked: 1, of: 2, images: 3 } },
        { report: { rules: 'rules: []', days: 7 }, explained: [] },
      ],
    );
  });

  it('runs one rehearsal at a time, and ends it when its reader goes away', async () => {
    let ended = false;
    service.rehearsal = ({ signal, onProgress }) => {
      onProgress({ looked: 0, of: 1, images: 0 });
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended = true;
          reject(new Error('aborted'));
        });
      });
    };
    const leaving = new AbortController();
    const answer = await call('/api/rules/rehearse', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ rules: 'rules: []' }),
      signal: leaving.signal,
    });
    assert.equal(answer.status, 200);
    const second = await post('/api/rules/rehearse', { rules: 'rules: []' });
    assert.equal(second.status, 409);
    assert.equal(await codeOf(second), 'REHEARSAL_RUNNING');
    leaving.abort();
    await until('the rehearsal to end', () => ended);
    service.rehearsal = () => Promise.reject(new ColouriseError('CONFIG_INVALID', 'two faults'));
    await until('the next to be let in', async () => {
      const next = await post('/api/rules/rehearse', { rules: 'rules: []' });
      return next.status === 422 && (await codeOf(next)) === 'CONFIG_INVALID';
    });
  });

  it('says in its last line what went wrong on the way', async () => {
    service.rehearsal = ({ onProgress }) => {
      onProgress({ looked: 0, of: 1, images: 0 });
      return Promise.reject(new ColouriseError('PACS_UNAVAILABLE', 'Orthanc is away.'));
    };
    const text = await (await post('/api/rules/rehearse', { rules: 'rules: []' })).text();
    const last = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as { error: ErrorJson };
    assert.equal(last.error.code, 'PACS_UNAVAILABLE');
    assert.match(last.error.next, /Orthanc runs/);
  });

  it('tells nothing of an unexpected error', async () => {
    service.preview = () => Promise.reject(new Error('password=hunter2'));
    const answer = await call('/api/images/job-6/before.png');
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /hunter2/);
  });

  const wrong: readonly [string, string, unknown?][] = [
    ['a limit above the bound', '/api/images?limit=501'],
    ['a state that does not exist', '/api/images?state=lost'],
    ['an unknown parameter', '/api/images?patient=doe'],
    ['a UID with other characters', '/api/images?uid=1.2%25'],
    ['a parameter twice', '/api/images?state=failed&state=stored'],
    ['an id with a path in it', '/api/images/..%2Fetc'],
    ['an address in a broken coding', '/api/images/%E0%A4%A'],
    ['a picture of absurd width', '/api/images/job-6/before.png?width=100000'],
    ['a trigger without level', '/api/trigger', { orthancId: study }],
    ['a trigger with a strange id', '/api/trigger', { level: 'study', orthancId: '../x' }],
    ['a rehearsal of nothing', '/api/rules/rehearse', { rules: '' }],
    ['a rehearsal of ten years', '/api/rules/rehearse', { rules: 'rules: []', days: 3660 }],
    ['a rehearsal of no UID', '/api/rules/rehearse', { rules: 'rules: []', explain: '../x' }],
    ['a trigger with more', '/api/trigger', { level: 'study', orthancId: study, a: 1 }],
  ];
  for (const [what, path, body] of wrong) {
    it(`refuses ${what}`, async () => {
      const answer = await (body === undefined ? call(path) : post(path, body));
      assert.equal(answer.status, 400);
      assert.equal(await codeOf(answer), 'INVALID_REQUEST');
      assert.equal(service.triggered.length, 0);
    });
  }

  it('refuses a body that is too large, no JSON, or broken', async () => {
    const send = (body: string, type: string) =>
      call('/api/trigger', { method: 'POST', headers: { 'Content-Type': type }, body });
    const large = JSON.stringify({ level: 'x'.repeat(20_000) });
    assert.equal((await send(large, 'application/json')).status, 413);
    assert.equal((await send('level=study', 'application/x-www-form-urlencoded')).status, 415);
    assert.equal((await send('{', 'application/json')).status, 400);
  });

  it('answers an unknown address in JSON', async () => {
    const answer = await call('/api/nothing');
    assert.equal(answer.status, 404);
    assert.equal(await codeOf(answer), 'NOT_FOUND');
  });

  it('is alive while it starts, and ready afterwards', async () => {
    service.state = { state: 'starting' };
    assert.equal((await call('/healthz')).status, 200);
    assert.equal((await call('/readyz')).status, 503);
    service.state = { state: 'degraded' };
    await new Promise((resolve) => setTimeout(resolve, 1050));
    assert.equal((await call('/readyz')).status, 200);
  });

  it('serves the page with a policy that allows nothing inline and nothing foreign', async () => {
    const answer = await call('/');
    assert.match(await answer.text(), /<title>Colouriser/);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:/);
    assert.equal(answer.headers.get('x-powered-by'), null);
  });
});
