import assert from 'node:assert/strict';
import { reaches, roles, type Role } from '../../src/domain/principal.js';
import type { ErrorJson } from '../../src/http/api.js';
import { openApiPath } from '../../src/http/openapi.js';
import type { Route } from '../../src/http/route.js';
import { routeTable } from '../../src/http/server.js';
import { hashOf } from '../../src/identity/secrets.js';
import { type ApiExample, apiExamples } from '../support/api-examples.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

/** Every route, asked by everybody. */
describe('what a role may ask for', () => {
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;

  beforeEach(async () => {
    service = new FakeService(fakeRows(10));
    service.accounts.users.add({
      name: 'ada',
      role: 'admin',
      password: '',
      createdAt: new Date(),
      changedAt: new Date(),
    });
    for (const role of roles) {
      const token = { id: role, name: role, role, createdAt: new Date(), createdBy: 'ada' };
      service.accounts.tokens.add(token, hashOf(secretOf(role)));
    }
    server = await serveFake(service, { signIn: true, explorerUrl: 'http://orthanc:8042' });
  });
  afterEach(() => server.close());

  const ask = ({ method, path, body }: ApiExample, role: Role | 'nobody') =>
    fetch(server.url + path, {
      method: method.toUpperCase(),
      headers: {
        ...(role === 'nobody' ? {} : { Authorization: `Bearer ${secretOf(role)}` }),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  const refusals = () => service.audit.page({ action: 'request.refuse', limit: 100 });

  for (const each of routeTable(new FakeService())) {
    const name = `${each.method.toUpperCase()} ${each.path}`;
    const example = exampleOf(each);
    for (const role of ['nobody', ...roles] as const) {
      if (isLetIn(role, each.role)) {
        it(`lets ${role} ask for ${name}`, async () => {
          const answer = await ask(example, role);
          const { code } = await errorOf(answer);
          // What signing in itself refuses is no want of a role.
          assert.ok(answer.status !== 403, code);
          assert.ok(answer.status !== 401 || each.refusals?.includes(code), code);
          assert.deepEqual(refusals(), []);
        });
        continue;
      }
      it(`refuses ${role} ${name}, writes it down, and tells nothing`, async () => {
        const before = [service.begun.length, service.woken, service.triggered.length];
        const answer = await ask(example, role);
        assert.equal(answer.status, role === 'nobody' ? 401 : 403);
        const error = await errorOf(answer);
        assert.deepEqual(Object.keys(error), ['code', 'message', 'next']);
        assert.equal(error.code, role === 'nobody' ? 'UNAUTHORISED' : 'FORBIDDEN');
        assert.match(error.message, /^(Nobody is signed in\.|This needs the role \w+\.)$/);
        assert.deepEqual(
          [service.begun.length, service.woken, service.triggered.length],
          before,
          'nothing was done',
        );
        const [line, ...more] = refusals();
        assert.deepEqual(more, []);
        assert.deepEqual(
          [line?.outcome, line?.target, line?.who, line?.details],
          ['refused', name, role === 'nobody' ? role : `token ${role}`, { code: error.code }],
        );
      });
    }
  }

  it('tells a viewer nothing of whether an image exists that he may not retry', async () => {
    const known = await ask({ method: 'post', path: '/api/images/job-4/retry' }, 'viewer');
    const unknown = await ask({ method: 'post', path: '/api/images/none/retry' }, 'viewer');
    assert.equal(await known.text(), await unknown.text());
  });

  it('does not read the body of somebody who may not send it', async () => {
    const body = { rules: 'x'.repeat(900_000) };
    const answer = await ask({ method: 'post', path: '/api/rules/rehearse', body }, 'viewer');
    assert.equal(answer.status, 403);
  });

  it('writes the same refusal down once a minute', async () => {
    for (let turn = 0; turn < 5; turn++) await ask({ method: 'get', path: '/api/users' }, 'viewer');
    assert.equal(refusals().length, 1);
  });
});

function secretOf(role: Role): string {
  return `secret-of-${role}`;
}

function isLetIn(role: Role | 'nobody', least: Route['role']): boolean {
  return least === 'anyone' || (role !== 'nobody' && reaches(role, least));
}

/** The first well-formed request for a route. */
function exampleOf({ method, path }: Route): ApiExample {
  const pattern = new RegExp(`^${openApiPath(path).replaceAll(/\{\w+\}/g, '[^/]+')}(\\?|$)`);
  const found = apiExamples.find((each) => each.method === method && pattern.test(each.path));
  assert.ok(found, `an example of ${method} ${path}`);
  return found;
}

/** The code of a refusal; of an answer that is none, or no JSON, an empty one. */
async function errorOf(answer: Response): Promise<ErrorJson | { code: string; message: string }> {
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
  if (answer.ok || !isJson) {
    await answer.body?.cancel();
    return { code: '', message: '' };
  }
  return (await answer.json()) as ErrorJson;
}
