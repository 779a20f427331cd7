import assert from 'node:assert/strict';
import type { ErrorJson } from '../../src/http/api.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

const password = 'a long enough password';

describe('signing in over HTTP', () => {
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;

  beforeEach(async () => {
    service = new FakeService(fakeRows(10));
    server = await serveFake(service, { signIn: true });
  });
  afterEach(() => server.close());

  const addUser = async (name: string, role: 'viewer' | 'operator' | 'admin') => {
    const at = new Date();
    const stored = await service.passwords.hash(password);
    service.accounts.users.add({ name, role, password: stored, createdAt: at, changedAt: at });
  };
  const send = (method: string, path: string, body?: object, headers = {}) =>
    fetch(server.url + path, {
      method,
      headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
  const signIn = async (name: string, given = password) => {
    const answer = await send('POST', '/api/session', { name, password: given });
    assert.equal(answer.status, 200, await answer.clone().text());
    const [cookie = ''] = answer.headers.getSetCookie();
    return { cookie, Cookie: cookie.split(';')[0] ?? '' };
  };
  const own = { 'X-Colouriser-Request': 'console' };
  const codeOf = async (answer: Response) => ((await answer.json()) as ErrorJson).code;
  const audited = () =>
    service.audit
      .after(0, 100)
      .map(({ action, outcome, who, target }) => [action, outcome, who, target].join(' '));

  it('opens a session in a cookie that no script and no other site gets', async () => {
    await addUser('ada', 'admin');
    const { cookie, Cookie } = await signIn('Ada');
    assert.match(
      cookie,
      /^colouriser=cls_[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
    const status = await send('GET', '/api/status', undefined, { Cookie });
    assert.equal(status.status, 200);
    const session = await send('GET', '/api/session', undefined, { Cookie });
    assert.deepEqual(await session.json(), {
      principal: { name: 'ada', role: 'admin', kind: 'user' },
      isOpen: false,
      methods: { password: true },
    });
    assert.deepEqual(audited(), ['session.begin done nobody ada']);
  });

  it('binds the cookie to host and TLS where the page is reached by https', async () => {
    await server.close();
    server = await serveFake(service, { signIn: true, secure: true });
    await addUser('ada', 'admin');
    const { cookie, Cookie } = await signIn('ada');
    assert.match(cookie, /^__Host-colouriser=.+; HttpOnly; Secure; SameSite=Strict$/);
    const answer = await send('GET', '/api/status', undefined, { Cookie });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('strict-transport-security') ?? '', /max-age=\d+/);
  });

  it('refuses a wrong password and an unknown name in the same words', async () => {
    await addUser('ada', 'admin');
    const wrong = await send('POST', '/api/session', { name: 'ada', password: 'wrong' });
    const unknown = await send('POST', '/api/session', { name: 'my password', password: 'x' });
    assert.deepEqual([wrong.status, unknown.status], [401, 401]);
    assert.deepEqual(wrong.headers.getSetCookie(), []);
    assert.equal(await wrong.text(), await unknown.text());
    // What was typed into the wrong field is not written down.
    assert.deepEqual(audited(), [
      'session.begin refused nobody ada',
      'session.begin refused nobody an unknown user',
    ]);
  });

  it('stops listening to an address after ten failures', async () => {
    await addUser('ada', 'admin');
    for (let turn = 0; turn < 10; turn++) {
      const body = { name: `user${turn}`, password: 'wrong' };
      assert.equal((await send('POST', '/api/session', body)).status, 401);
    }
    const answer = await send('POST', '/api/session', { name: 'ada', password });
    assert.equal(answer.status, 429);
    assert.equal(answer.headers.get('retry-after'), '60');
    assert.equal(await codeOf(answer), 'TOO_MANY_ATTEMPTS');
  });

  it('stops listening for a name after twenty failures, from wherever they come', async () => {
    await server.close();
    server = await serveFake(service, { signIn: true, trustedProxies: 1 });
    await addUser('ada', 'admin');
    const from = (address: number) => ({ 'X-Forwarded-For': `10.0.0.${address}` });
    const attempt = (address: number, given: string) =>
      send('POST', '/api/session', { name: 'ada', password: given }, from(address));
    for (let turn = 0; turn < 20; turn++) assert.equal((await attempt(turn, 'wrong')).status, 401);
    assert.equal((await attempt(99, password)).status, 429);
    const [first] = service.audit.after(0, 1);
    assert.equal(first?.address, '10.0.0.0');
  });

  it('believes no header about where a request comes from unless a proxy is trusted', async () => {
    const headers = { 'X-Forwarded-For': '10.0.0.1' };
    await send('POST', '/api/session', { name: 'ada', password: 'wrong' }, headers);
    assert.match(service.audit.after(0, 1)[0]?.address ?? '', /127\.0\.0\.1$/);
  });

  it('takes a change from a session only with the header of our own page', async () => {
    await addUser('ada', 'admin');
    const { Cookie } = await signIn('ada');
    const bare = await send('POST', '/api/wake', {}, { Cookie });
    assert.deepEqual([bare.status, await codeOf(bare)], [403, 'CROSS_SITE']);
    const foreign = { Cookie, ...own, 'Sec-Fetch-Site': 'same-site' };
    assert.equal((await send('POST', '/api/wake', {}, foreign)).status, 403);
    const origin = { Cookie, ...own, Origin: 'https://evil.example.org' };
    assert.equal((await send('POST', '/api/wake', {}, origin)).status, 403);
    assert.equal(service.woken, 0);
    assert.equal((await send('POST', '/api/wake', {}, { Cookie, ...own })).status, 202);
  });

  it('does not let another site sign a browser in', async () => {
    await addUser('ada', 'admin');
    const headers = { 'Sec-Fetch-Site': 'cross-site' };
    const answer = await send('POST', '/api/session', { name: 'ada', password }, headers);
    assert.deepEqual([answer.status, await codeOf(answer)], [403, 'CROSS_SITE']);
  });

  it('gives no other site leave to ask with headers of its own', async () => {
    const answer = await send('OPTIONS', '/api/wake', undefined, {
      Origin: 'https://evil.example.org',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-colouriser-request',
    });
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
    assert.equal(answer.headers.get('access-control-allow-headers'), null);
  });

  const endings: readonly [string, (Cookie: string) => Promise<Response>][] = [
    ['sign-out', (Cookie) => send('DELETE', '/api/session', undefined, { Cookie, ...own })],
    ['a change of role', () => asAdmin('PATCH', '/api/users/grace', { role: 'viewer' })],
    [
      'a new password by an administrator',
      () => asAdmin('PATCH', '/api/users/grace', { password: 'another long password' }),
    ],
    [
      'a new password of her own',
      (Cookie) => {
        const body = { old: password, new: 'another long password' };
        return send('POST', '/api/password', body, { Cookie, ...own });
      },
    ],
    ['removal', () => asAdmin('DELETE', '/api/users/grace')],
  ];
  for (const [what, end] of endings) {
    it(`ends a session at ${what}`, async () => {
      await addUser('ada', 'admin');
      await addUser('grace', 'operator');
      const { Cookie } = await signIn('grace');
      assert.equal((await send('GET', '/api/status', undefined, { Cookie })).status, 200);
      assert.equal((await end(Cookie)).status, 200);
      assert.equal((await send('GET', '/api/status', undefined, { Cookie })).status, 401);
    });
  }

  async function asAdmin(method: string, path: string, body?: object) {
    const { Cookie } = await signIn('ada');
    return send(method, path, body, { Cookie, ...own });
  }

  it('names the first administrator by the printed link, once', async () => {
    const link = service.identity.issueFirstLink()?.secret;
    const body = { link, name: 'ada', password };
    const weak = await send('POST', '/api/session/first', { ...body, password: 'short' });
    assert.equal(weak.status, 400);
    const answer = await send('POST', '/api/session/first', body);
    assert.equal(answer.status, 200);
    const Cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    assert.equal((await send('GET', '/api/users', undefined, { Cookie })).status, 200);
    const again = await send('POST', '/api/session/first', { ...body, name: 'eve' });
    assert.deepEqual([again.status, await codeOf(again)], [401, 'LINK_INVALID']);
    assert.deepEqual(audited(), ['user.add done nobody ada', 'user.add refused nobody eve']);
  });

  it('keeps at least one administrator', async () => {
    await addUser('ada', 'admin');
    await addUser('grace', 'viewer');
    for (const act of [
      () => asAdmin('PATCH', '/api/users/ada', { role: 'operator' }),
      () => asAdmin('DELETE', '/api/users/ada'),
    ]) {
      const answer = await act();
      assert.deepEqual([answer.status, await codeOf(answer)], [409, 'LAST_ADMIN']);
    }
  });

  it('shows the secret of a token once, and keeps neither it nor a password', async () => {
    await addUser('ada', 'admin');
    const made = await asAdmin('POST', '/api/tokens', { name: 'a script', role: 'viewer' });
    const { secret, token } = (await made.json()) as { secret: string; token: { id: string } };
    const Authorization = `Bearer ${secret}`;
    assert.equal((await send('GET', '/api/status', undefined, { Authorization })).status, 200);
    assert.equal((await send('POST', '/api/wake', {}, { Authorization })).status, 403);
    const listed = await (await asAdmin('GET', '/api/tokens')).text();
    assert.ok(!listed.includes(secret) && listed.includes(token.id));
    assert.equal((await asAdmin('DELETE', `/api/tokens/${token.id}`)).status, 200);
    assert.equal((await send('GET', '/api/status', undefined, { Authorization })).status, 401);
    const trail = JSON.stringify(service.audit.after(0, 100));
    assert.ok(!trail.includes(secret) && !trail.includes(password));
  });

  it('signs a browser in by a token', async () => {
    await server.close();
    server = await serveFake(service, { token: 'a-token-of-the-settings' });
    const answer = await send('POST', '/api/session', { token: 'a-token-of-the-settings' });
    const Cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    assert.equal((await send('GET', '/api/users', undefined, { Cookie })).status, 200);
    assert.equal((await send('POST', '/api/session', { token: 'another' })).status, 401);
  });
});
