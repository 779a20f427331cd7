import assert from 'node:assert/strict';
import { request } from 'node:http';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

const token = 'correct horse battery staple';

describe('access over HTTP', () => {
  const service = new FakeService(fakeRows(10));
  let server: Awaited<ReturnType<typeof serveFake>> | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  /** `fetch` sets Host and Origin itself, so these requests are made by hand. */
  async function send(method: string, path: string, headers: Record<string, string>) {
    const url = new URL(path, server?.url);
    return new Promise<number | undefined>((resolve, reject) => {
      request(url, { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once('error', reject)
        .end();
    });
  }

  describe('without a token', () => {
    const hosts: readonly [string, number][] = [
      ['localhost:1234', 200],
      ['127.0.0.1', 200],
      ['[::1]:80', 200],
      ['colour.example.org', 200],
      ['evil.example.org', 403],
      ['localhost.evil.org', 403],
      ['127.0.0.1.evil.org', 403],
    ];
    for (const [host, status] of hosts) {
      it(`answers ${status} to the host name '${host}'`, async () => {
        server = await serveFake(service, { publicUrl: 'https://colour.example.org/' });
        assert.equal(await send('GET', '/api/status', { Host: host }), status);
      });
    }

    const senders: readonly [string, Record<string, string>, number][] = [
      ['a program', {}, 202],
      ['its own page', { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost:1' }, 202],
      ['the public address', { Origin: 'https://colour.example.org' }, 202],
      ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
      ['another port of this machine', { 'Sec-Fetch-Site': 'same-site' }, 403],
      ['a foreign origin', { Origin: 'http://evil.example.org' }, 403],
      ['an opaque origin', { Origin: 'null' }, 403],
    ];
    for (const [who, headers, status] of senders) {
      it(`answers ${status} to a command from ${who}`, async () => {
        server = await serveFake(service, { publicUrl: 'https://colour.example.org/' });
        const all = { Host: 'localhost:1', ...headers };
        assert.equal(await send('POST', '/api/wake', all), status);
      });
    }
  });

  describe('with a token', () => {
    const basic = (password: string) =>
      `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`;

    it('lets in who knows it, as Bearer or as the password of Basic', async () => {
      server = await serveFake(service, { token: 'a:secret' });
      assert.equal(await send('GET', '/', { Authorization: 'Bearer a:secret' }), 200);
      assert.equal(await send('GET', '/api/status', { Authorization: basic('a:secret') }), 200);
    });

    it('keeps out all others, from the API, the pictures, the metrics and the events', async () => {
      server = await serveFake(service, { token });
      for (const path of [
        '/metrics',
        '/api/status',
        '/api/images/job-6/before.png',
        '/api/events',
      ]) {
        assert.equal(await send('GET', path, {}), 401);
      }
      assert.equal(await send('GET', '/api/status', { Authorization: 'Bearer correct' }), 401);
      assert.equal(await send('GET', '/api/status', { Authorization: basic('') }), 401);
    });

    it('gives everybody the files of the console, and lets no browser ask beside it', async () => {
      server = await serveFake(service, { token });
      assert.equal((await fetch(server.url)).status, 200);
      const answer = await fetch(`${server.url}/api/status`);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm=/);
    });

    it('shows the metrics, and nothing else, to whoever has the token for that', async () => {
      const scrapeToken = 'only-for-figures';
      server = await serveFake(service, { token, scrapeToken });
      const headers = { Authorization: `Bearer ${scrapeToken}` };
      assert.equal(await send('GET', '/metrics', headers), 200);
      assert.equal(await send('GET', '/api/status', headers), 401);
    });

    it('still answers probes', async () => {
      server = await serveFake(service, { token });
      assert.equal(await send('GET', '/healthz', {}), 200);
      assert.equal(await send('GET', '/readyz', {}), 200);
    });

    it('refuses the commands of another site, although the browser sends the password along', async () => {
      server = await serveFake(service, { token });
      const headers = { Authorization: basic(token), 'Sec-Fetch-Site': 'cross-site' };
      assert.equal(await send('POST', '/api/wake', headers), 403);
    });

    it('stops listening to an address after ten wrong tokens', async () => {
      server = await serveFake(service, { token });
      const right = { Authorization: basic(token) };
      const wrong = { Authorization: basic('guess') };
      for (let attempt = 0; attempt < 10; attempt++) {
        assert.equal(await send('GET', '/api/status', wrong), 401);
      }
      assert.equal(await send('GET', '/api/status', wrong), 429);
      assert.equal(await send('GET', '/api/status', right), 429);
    });
  });
});
