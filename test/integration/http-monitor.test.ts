import assert from 'node:assert/strict';
import { pino } from 'pino';
import { createMonitorApp } from '../../src/http/monitor.js';
import { listen } from '../../src/http/server.js';
import { type WorkerFacts, workerState } from '../../src/pipeline/worker-health.js';

const token = 'correct-horse-battery-staple';
const logger = pino({ level: 'silent' });

describe('health and metrics of a worker over HTTP', () => {
  let facts: WorkerFacts = { models: true, queue: true, orthanc: true };
  let server: Awaited<ReturnType<typeof listen>> | undefined;
  const monitored = {
    readiness: () => workerState(facts),
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: 'colouriser_x 1\n' }),
  };
  const start = async (options: { readonly token?: string } = {}) => {
    const host = '127.0.0.1';
    server = await listen(createMonitorApp(monitored, { host, logger, ...options }), {
      host,
      port: 0,
    });
    return server.url;
  };
  afterEach(async () => {
    await server?.close();
    facts = { models: true, queue: true, orthanc: true };
  });

  const cases: readonly [string, Partial<WorkerFacts>, number, string][] = [
    ['all is well', {}, 200, 'ready'],
    ['the networks are being loaded', { models: false }, 503, 'starting'],
    ['the broker was never reached', { queue: undefined }, 503, 'starting'],
    ['the broker is away', { queue: false }, 503, 'degraded'],
    ['Orthanc is away', { orthanc: false }, 503, 'degraded'],
  ];
  for (const [when, change, status, state] of cases) {
    it(`is ${state} while ${when}, and alive all the same`, async () => {
      facts = { ...facts, ...change };
      const url = await start();
      const answer = await fetch(`${url}/readyz`);
      assert.equal(answer.status, status);
      assert.equal(((await answer.json()) as { state: string }).state, state);
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
    });
  }

  it('shows metrics to whoever has the token, and health to a probe without one', async () => {
    const url = await start({ token });
    assert.equal((await fetch(`${url}/metrics`)).status, 401);
    const headers = { Authorization: `Bearer ${token}` };
    const shown = await fetch(`${url}/metrics`, { headers });
    assert.equal(await shown.text(), 'colouriser_x 1\n');
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
  });

  it('will not start without a token where others can reach it', () => {
    assert.throws(() => createMonitorApp(monitored, { host: '0.0.0.0', logger }), {
      code: 'CONFIG_INVALID',
    });
  });
});
