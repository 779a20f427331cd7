import { z } from 'zod';
import { roles } from '../domain/principal.js';
import { softwareVersion } from '../version.js';
import { errorKinds } from '../domain/errors.js';
import { httpErrorKinds } from './failures.js';
import { route, type Route } from './route.js';

type Json = Readonly<Record<string, unknown>>;

const errorAnswer = z
  .strictObject({
    code: z.enum([...Object.keys(httpErrorKinds), ...Object.keys(errorKinds)]),
    message: z.string(),
    next: z.string().describe('What the reader does now.'),
  })
  .describe('Every answer that is not a success.');

/**
 * The API in words of OpenAPI. Schemas are those that requests are checked with.
 * @see OpenAPI 3.1.1
 */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const each of routes) (paths[openApiPath(each.path)] ??= {})[each.method] = operation(each);
  return {
    openapi: '3.1.1',
    info: {
      title: 'orthanc-colouriser',
      version: softwareVersion,
      description:
        'Research software, not for diagnosis. Each operation names the least role that may ask for it ' +
        `(\`x-least-role\`: ${roles.join(', ')}, or \`anyone\`).`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: jsonSchema(errorAnswer, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token.' },
        basic: {
          type: 'http',
          scheme: 'basic',
          description: 'A token as the password of any user name.',
        },
      },
    },
    security: [{ bearer: [] }, { basic: [] }],
  };
}

/** The document as a route, itself among those that it describes. */
export function documentRoute(others: () => readonly Route[]): Route {
  let made: Json | undefined;
  const own: Route = route({
    method: 'get',
    path: '/api/openapi.json',
    role: 'viewer',
    summary: 'This document.',
    answer: z.record(z.string(), z.unknown()),
    handler: () => (made ??= openApiDocument([...others(), own])),
  });
  return own;
}

/** `/api/images/:id` → `/api/images/{id}` */
export function openApiPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function operation(each: Route): Json {
  const parameters = [...parametersOf('path', each.params), ...parametersOf('query', each.query)];
  const body = each.body && {
    required: true,
    content: { 'application/json': { schema: jsonSchema(each.body, 'input') } },
  };
  const refusal = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return {
    operationId: operationId(each),
    summary: each.summary,
    tags: [each.path.split('/')[2] ?? 'service'],
    'x-least-role': each.role,
    ...(each.role === 'anyone' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: {
      [each.status ?? 200]: { description: 'Done.', content: contentOf(each.answer) },
      ...(each.notYet ? { 503: { description: 'Not yet.', content: contentOf(each.answer) } } : {}),
      default: {
        description: ['Refused, with a stable code', ...(each.refusals ?? [])].join(', ') + '.',
        content: refusal,
      },
    },
  };
}

/** `GET /api/images/:id/after.png` → `getImagesIdAfterPng` */
function operationId({ method, path }: Route): string {
  const words = path.split(/\W+/).filter((word) => word !== '' && word !== 'api');
  return [method, ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

function contentOf(answer: Route['answer']): Json {
  return typeof answer === 'string'
    ? { [answer]: {} }
    : { 'application/json': { schema: jsonSchema(answer, 'output') } };
}

function parametersOf(place: 'path' | 'query', shape: z.ZodObject | undefined): readonly Json[] {
  if (!shape) return [];
  const { properties = {}, required = [] } = jsonSchema(shape, 'input') as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

/** In the dialect of OpenAPI 3.1. A date is text on its way; what changes on the way in is shown as it is sent. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const made = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: node }) => {
      if (zodSchema._zod.def.type === 'date')
        Object.assign(node, { type: 'string', format: 'date-time' });
    },
  });
  delete made.$schema;
  return made;
}
