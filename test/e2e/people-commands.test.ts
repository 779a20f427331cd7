import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { runCommand } from '../support/command.js';
import { temporaryFolder } from '../support/process.js';
import { ServiceProcess, serviceEnvironment } from '../support/service.js';

/** Nobody listens there: who signs in does not wait for an archive. */
const noArchive = 'http://127.0.0.1:1';
const secretWord = 'correct horse battery';

describe('users, tokens and audit on the command line, beside a service that runs', function () {
  this.timeout(120_000);
  const dataFolder = temporaryFolder();
  const more = { COLOURISER_HTTP_SIGN_IN: 'required' };
  const env = serviceEnvironment(noArchive, dataFolder, more);
  let service: ServiceProcess;

  const run = async (...words: readonly string[]) => {
    const { exitCode, json, stderr } = await runCommand(['--json', ...words], env);
    assert.equal(exitCode, 0, `${words.join(' ')}: ${stderr}`);
    return json as Readonly<Record<string, unknown>>;
  };
  const refused = async (...words: readonly string[]) => {
    const { exitCode, stdout } = await runCommand(['--json', ...words], env);
    return [exitCode, (JSON.parse(stdout) as { readonly reason: string }).reason] as const;
  };
  const signIn = async (name: string, password: string) => {
    const answer = await fetch(`${service.url}/api/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Colouriser-Request': 'test' },
      body: JSON.stringify({ name, password }),
    });
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    return { status: answer.status, cookie };
  };
  const statusWith = async (headers: Readonly<Record<string, string>>, path = '/api/status') =>
    (await fetch(`${service.url}${path}`, { headers })).status;

  before(async () => {
    service = await ServiceProcess.start(noArchive, { dataFolder, env: more });
  });
  after(() => service.stop());

  it('adds users who can sign in at once, with a password that is made or given', async () => {
    assert.equal(await statusWith({}), 401);
    const { password } = await run('users', 'add', 'ada', '--role', 'admin');
    assert.equal((await signIn('ada', String(password))).status, 200);
    const given = spawnSync(
      'bin/colouriser',
      ['users', 'add', 'bea', '--role', 'operator', '--password-stdin'],
      {
        env,
        input: `${secretWord}\n`,
        encoding: 'utf8',
      },
    );
    assert.equal(given.status, 0, given.stderr);
    assert.doesNotMatch(given.stdout, /horse/);
    assert.equal((await signIn('bea', secretWord)).status, 200);
    const { users } = await run('users', 'list');
    assert.deepEqual(
      (users as readonly { name: string; role: string }[]).map(({ name, role }) => [name, role]),
      [
        ['ada', 'admin'],
        ['bea', 'operator'],
      ],
    );
    assert.ok(!JSON.stringify(users).includes('scrypt'));
  });

  it('signs out whose role or password changes, and whoever is removed', async () => {
    const { cookie } = await signIn('bea', secretWord);
    assert.equal(await statusWith({ cookie }, '/api/rules'), 200);
    await run('users', 'role', 'bea', 'viewer');
    assert.equal(await statusWith({ cookie }), 401);
    const viewer = await signIn('bea', secretWord);
    assert.equal(await statusWith({ cookie: viewer.cookie }, '/api/rules'), 403);
    const { password } = await run('users', 'password', 'bea');
    assert.equal(await statusWith({ cookie: viewer.cookie }), 401);
    assert.equal((await signIn('bea', secretWord)).status, 401);
    assert.equal((await signIn('bea', String(password))).status, 200);
    await run('users', 'remove', 'bea');
    assert.equal((await signIn('bea', String(password))).status, 401);
  });

  it('refuses what would lock everybody out, a taken or unknown name, and a short password', async () => {
    assert.deepEqual(await refused('users', 'remove', 'ada'), [
      2,
      'ada is the last administrator: make somebody else one first',
    ]);
    assert.equal((await refused('users', 'role', 'ada', 'viewer'))[0], 2);
    assert.deepEqual(await refused('users', 'add', 'ada', '--role', 'viewer'), [
      2,
      'the name ada is taken',
    ]);
    assert.deepEqual(await refused('users', 'role', 'nobody', 'viewer'), [2, 'no user nobody']);
    assert.deepEqual(await refused('tokens', 'revoke', 'nothing'), [2, 'no token nothing']);
  });

  it('makes a token that counts until it is revoked', async () => {
    const made = await run('tokens', 'add', 'scraper', '--role', 'viewer', '--days', '30d');
    const { id } = made['token'] as { readonly id: string };
    const headers = { authorization: `Bearer ${String(made['secret'])}` };
    assert.equal(await statusWith(headers), 200);
    assert.equal(await statusWith(headers, '/api/rules'), 403);
    const listed = JSON.stringify(await run('tokens', 'list'));
    assert.ok(listed.includes('scraper') && !listed.includes(String(made['secret'])));
    await run('tokens', 'revoke', id);
    assert.equal(await statusWith(headers), 401);
  });

  it('exports the audit of all that, without a secret, and finds it whole', async () => {
    const { stdout, exitCode } = await runCommand(['audit', 'export'], env);
    assert.equal(exitCode, 0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly action: string; readonly target?: string });
    const done = lines.map(({ action, target }) => `${action} ${target ?? ''}`.trim());
    for (const each of [
      'service.start',
      'user.add ada',
      'user.change bea',
      'user.password bea',
      'user.remove bea',
    ]) {
      assert.ok(done.includes(each), `${each} in ${done.join(', ')}`);
    }
    assert.ok(done.some((each) => each.startsWith('token.revoke ')));
    assert.doesNotMatch(stdout, /horse/);
    const { whole, lines: count, seal } = await run('audit', 'verify');
    assert.deepEqual([whole, count], [true, lines.length]);
    assert.equal((await run('audit', 'verify', '--seal', String(seal)))['whole'], true);
    const { exitCode: missing } = await runCommand(
      ['audit', 'verify', '--seal', '0'.repeat(64)],
      env,
    );
    assert.equal(missing, 4);
    const { stdout: later } = await runCommand(['audit', 'export', '--since', '2100-01-01'], env);
    assert.equal(later, '');
  });
});
