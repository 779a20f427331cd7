import assert from 'node:assert/strict';
import { FakeService, serveFake } from '../support/fake-service.js';

describe('work on many images over HTTP', () => {
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  beforeEach(async () => {
    service = new FakeService();
    server = await serveFake(service);
  });
  afterEach(() => server.close());

  const ask = async (method: string, path: string, body?: object, headers = {}) => {
    const answer = await fetch(`${server.url}/api/${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };

  it('begins a sweep with defaults that change nothing in the archive', async () => {
    assert.deepEqual((await ask('GET', 'task')).json, { task: null });
    const { status } = await ask('POST', 'sweep', { days: 30 });
    assert.equal(status, 202);
    assert.deepEqual(service.begun, [
      { kind: 'sweep', days: 30, dryRun: false, restore: false, redo: false, askedBy: 'API' },
    ]);
    const { task } = (await ask('GET', 'task')).json as { task: Record<string, unknown> };
    assert.deepEqual([task['kind'], task['done'], task['of']], ['sweep', 0, 7]);
  });

  it('takes a withdrawal with its version, times as dates', async () => {
    const body = { model: 'evidence', version: '1.0.0', perSecond: 2, askedBy: 'tester' };
    await ask('POST', 'withdraw', { ...body, since: '2026-01-31T08:00:00Z', dryRun: true });
    assert.deepEqual(service.begun, [
      { kind: 'withdraw', ...body, since: new Date('2026-01-31T08:00:00Z'), dryRun: true },
    ]);
  });

  it('takes reprocessing without a version, to another model', async () => {
    const body = { model: 'evidence', toModel: 'autoencoder', perSecond: 2 };
    await ask('POST', 'reprocess', body);
    assert.deepEqual(service.begun, [
      { kind: 'reprocess', ...body, dryRun: false, askedBy: 'API' },
    ]);
  });

  it('refuses a second one while the first is under way, and ends it on request', async () => {
    await ask('POST', 'sweep', { days: 1 });
    const refused = await ask('POST', 'sweep', { days: 1 });
    assert.equal(refused.status, 409);
    assert.equal(refused.json['code'], 'TASK_RUNNING');
    const { task } = (await ask('DELETE', 'task')).json as { task: Record<string, unknown> };
    assert.equal(task['outcome'], 'cancelled');
    assert.equal((await ask('POST', 'sweep', { days: 1 })).status, 202);
  });

  it('refuses what is not asked rightly, and what another site sends', async () => {
    const perSecond = 1;
    for (const [path, body] of [
      ['sweep', { days: 0 }],
      ['sweep', { days: 30, everything: true }],
      ['withdraw', { model: 'evidence', perSecond }],
      ['withdraw', { model: 'evidence', version: '1', perSecond: 0 }],
      ['withdraw', { model: 'evidence', version: '1', perSecond, since: 'yesterday' }],
      ['reprocess', { model: '../x', perSecond }],
    ] as const) {
      const { status, json } = await ask('POST', path, body);
      assert.deepEqual([status, json['code']], [400, 'INVALID_REQUEST'], JSON.stringify(body));
    }
    const headers = { 'Sec-Fetch-Site': 'cross-site' };
    const foreign = await ask('POST', 'sweep', { days: 1 }, headers);
    assert.equal(foreign.json['code'], 'CROSS_SITE');
    assert.equal((await ask('DELETE', 'task', undefined, headers)).json['code'], 'CROSS_SITE');
    assert.deepEqual(service.begun, []);
  });
});
