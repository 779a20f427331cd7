import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import type { Browser, Page } from 'playwright-core';
import { createOpenIdProvider } from '../../src/adapters/oidc/open-id.js';
import { keepScreenshot, openPage, startBrowser } from '../support/browser.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

const groups: Readonly<Record<string, readonly string[]>> = {
  mary: ['staff', 'radiology-leads'],
  rose: ['staff', 'radiology'],
  eve: ['kitchen'],
};

/** With a real provider of OpenID Connect, certified by its foundation, on this machine. */
describe('signing in elsewhere', function () {
  this.timeout(90_000);
  let elsewhere: Server;
  let browser: Browser;
  let page: Page;
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;

  before(async () => {
    elsewhere = createServer();
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const issuer = `http://localhost:${(elsewhere.address() as AddressInfo).port}`;
    service = new FakeService(fakeRows(10));
    const client = { clientId: 'colouriser', clientSecret: 'a secret between the two' };
    service.provider = {
      name: 'the hospital',
      roles: { admin: ['radiology-leads'], operator: [], viewer: ['radiology', 'staff-2'] },
      provider: createOpenIdProvider({
        issuer,
        ...client,
        scope: 'openid profile',
        nameClaim: 'preferred_username',
        roleClaim: 'groups',
      }),
    };
    server = await serveFake(service, { signIn: true });
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: client.clientId,
          client_secret: client.clientSecret,
          redirect_uris: [`${server.url}/api/session/provider/callback`],
        },
      ],
      claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
      pkce: { required: () => true },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: () => ({ sub: id, preferred_username: id, groups: groups[id] }),
      }),
      cookies: { keys: ['only for this test'] },
    });
    const answer = provider.callback();
    elsewhere.on('request', (request, response) => void answer(request, response));
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    await server.close();
    elsewhere.closeAllConnections();
    elsewhere.close();
  });
  beforeEach(async () => {
    ({ page } = await openPage(browser));
  });
  afterEach(async function () {
    await keepScreenshot(page, this.currentTest);
    await page.close();
  });

  const signInAs = async (name: string) => {
    await page.goto(`${server.url}/sign-in`);
    await page.getByRole('link', { name: 'Sign in with the hospital' }).click();
    await page.locator('input[name=login]').fill(name);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Continue' }).click();
  };
  const lastLine = () => service.audit.page({ limit: 1 })[0];

  for (const [name, role] of [
    ['mary', 'admin'],
    ['rose', 'viewer'],
  ] as const) {
    it(`makes ${name} ${role}, as the provider's groups say, and says so in the audit`, async () => {
      await signInAs(name);
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      await page.getByTitle(`role ${role}`).getByText(`oidc:${name}`).waitFor();
      const begun = service.audit.page({ action: 'session.begin', limit: 1 })[0];
      assert.deepEqual([begun?.outcome, begun?.who, begun?.role], ['done', `oidc:${name}`, role]);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(/sign-in/);
    });
  }

  it('refuses whoever has no role, on a page that says so', async () => {
    await signInAs('eve');
    await page.getByText('You are known, but have no role here.').waitFor();
    assert.deepEqual(
      [lastLine()?.outcome, lastLine()?.target, lastLine()?.details],
      ['refused', 'oidc:eve', { code: 'OIDC_NO_ROLE' }],
    );
    assert.equal((await page.request.get(`${server.url}/api/status`)).status(), 401);
  });

  it('takes no answer that nobody asked for, of another state, or a second time', async () => {
    const callback = '/api/session/provider/callback?code=stolen&state=guessed';
    const bare = await fetch(server.url + callback, { redirect: 'manual' });
    assert.equal(bare.headers.get('location'), '/sign-in#refused=OIDC_FAILED');
    const out = await fetch(`${server.url}/api/session/provider`, { redirect: 'manual' });
    const Cookie = out.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    assert.match(out.headers.getSetCookie()[0] ?? '', /HttpOnly; SameSite=Lax/);
    const sent = new URL(out.headers.get('location') ?? '').searchParams;
    assert.equal(sent.get('code_challenge_method'), 'S256');
    assert.ok((sent.get('nonce') ?? '').length >= 32);
    const other = await fetch(server.url + callback, { redirect: 'manual', headers: { Cookie } });
    assert.equal(other.headers.get('location'), '/sign-in#refused=OIDC_FAILED');
    const right = callback.replace('guessed', sent.get('state') ?? '');
    const late = await fetch(server.url + right, { redirect: 'manual', headers: { Cookie } });
    assert.equal(late.headers.get('location'), '/sign-in#refused=OIDC_FAILED');
  });
});
