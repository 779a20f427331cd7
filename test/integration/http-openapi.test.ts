import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { pino } from 'pino';
import { consolePages } from '../../src/http/console.js';
import { openApiPath } from '../../src/http/openapi.js';
import { createApp, routeTable } from '../../src/http/server.js';
import { apiExamples } from '../support/api-examples.js';
import { FakeService, fakeRows, serveFake } from '../support/fake-service.js';

type Content = Readonly<Record<string, { readonly schema?: object }>>;
interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: { readonly Error: object } };
}

describe('the OpenAPI document', () => {
  let service: FakeService;
  let server: Awaited<ReturnType<typeof serveFake>>;
  let document: Document;
  const token = 'a-token-of-an-administrator';
  const headers = { Authorization: `Bearer ${token}` };
  const ajv = new Ajv2020({ strict: false, validateFormats: false });

  before(async () => {
    service = new FakeService(fakeRows(60));
    server = await serveFake(service, { token, explorerUrl: 'http://orthanc:8042' });
    document = (await (
      await fetch(`${server.url}/api/openapi.json`, { headers })
    ).json()) as Document;
  });
  after(() => server.close());

  it('has one operation for every route, each with a name of its own', () => {
    const declared = routeTable(service).map(
      ({ method, path }) => `${method} ${openApiPath(path)}`,
    );
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    assert.deepEqual(described.toSorted(), declared.toSorted());
    const names = Object.values(document.paths).flatMap((each) =>
      Object.values(each).map(({ operationId }) => operationId),
    );
    assert.equal(new Set(names).size, names.length, names.join(' '));
  });

  it('has a schema of every parameter in a path', () => {
    for (const { path, params } of routeTable(service)) {
      const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      assert.deepEqual(Object.keys(params?.shape ?? {}), named, path);
    }
  });

  it('says of every route that may change something which line it leaves in the audit', () => {
    for (const { method, path, audit } of routeTable(service)) {
      assert.ok(method === 'get' || audit !== undefined, `${method} ${path}`);
    }
  });

  it('leaves no route of Express out', () => {
    const app = createApp(service, { logger: pino({ level: 'silent' }) });
    const mounted = routesOf(app.router.stack);
    const declared = routeTable(service).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(mounted.toSorted(), declared.toSorted());
  });

  for (const { method, path, body } of apiExamples) {
    it(`describes the answer to ${method} ${path} ${body ? JSON.stringify(body) : ''}`, async () => {
      const answer = await fetch(server.url + path, {
        method: method.toUpperCase(),
        redirect: 'manual',
        headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const content = contentOf(method, path, answer.status);
      const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
      assert.ok(type in content, `${type} is not among ${Object.keys(content).join()}`);
      const schema = content[type]?.schema;
      if (!schema) {
        await answer.body?.cancel();
        return;
      }
      const json: unknown = await answer.json();
      const validate = ajv.compile(schema);
      assert.ok(validate(json), `${JSON.stringify(validate.errors)} in ${JSON.stringify(json)}`);
    });
  }

  it('has an example of every route', () => {
    const asked = new Set(apiExamples.map(({ method, path }) => templateOf(method, path)));
    for (const { method, path } of routeTable(service)) {
      assert.ok(asked.has(`${method} ${openApiPath(path)}`), `${method} ${path}`);
    }
  });

  /** The content of an answer, found as a reader of the document finds it. */
  function contentOf(method: string, path: string, status: number): Content {
    const [, template = ''] = templateOf(method, path).split(' ');
    const described = document.paths[template]?.[method]?.responses[String(status)];
    if (described) return described.content;
    assert.ok(status >= 400, `${method} ${path} answered ${status}`);
    return { 'application/json': { schema: document.components.schemas.Error } };
  }

  /** What is described wins over what only looks like it: `/api/images/{id}`. */
  function templateOf(method: string, path: string): string {
    const asked = path.replace(/\?.*/, '').split('/');
    const fits = Object.entries(document.paths).filter(([template, operations]) => {
      const segments = template.split('/');
      return (
        method in operations &&
        segments.length === asked.length &&
        segments.every((segment, index) => segment.startsWith('{') || segment === asked[index])
      );
    });
    const [template] =
      fits.toSorted(([a], [b]) => a.split('{').length - b.split('{').length)[0] ?? [];
    assert.ok(template !== undefined, `${method} ${path} is not described`);
    return `${method} ${template}`;
  }
});

interface Layer {
  readonly route?: unknown;
  readonly handle?: unknown;
}

/** `get /path` of every route below a router, those of routers inside it too. */
function routesOf(stack: readonly Layer[]): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route !== undefined) {
      const { path, methods } = route as {
        readonly path: string | readonly string[];
        readonly methods: Readonly<Record<string, boolean>>;
      };
      // Pages of the console are files, whatever their address.
      if (path === consolePages) return [];
      return Object.keys(methods).map((method) => `${method} ${String(path)}`);
    }
    const below = (handle as { readonly stack?: readonly Layer[] } | undefined)?.stack;
    return below ? routesOf(below) : [];
  });
}
