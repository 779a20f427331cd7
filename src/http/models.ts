import { z } from 'zod';
import type { KnownModel, ModelDesk } from '../ports/model-desk.js';
import { modelName } from './answers.js';
import type { ModelJson } from './api.js';
import { HttpError } from './failures.js';
import { rawRoute, route, type Route } from './route.js';
import { exactReference, named, shadowRoutes } from './shadows.js';

const version = z.string().regex(/^[0-9A-Za-z.-]{1,64}$/, 'expected a version: 1.0.0');
const byVersion = z.strictObject({ name: modelName, version });
const changed = z.strictObject({ models: z.array(z.lazy(() => model)) });

/** Models and what runs in their shadow: to look at, and to change. */
export function modelRoutes(service: { readonly models: ModelDesk }): readonly Route[] {
  const all = () => ({ models: service.models.known().map(modelJson) });
  return [
    route({
      method: 'get',
      path: '/api/models',
      role: 'viewer',
      summary: 'Every version of every model, its state, and the rules that take it.',
      answer: changed,
      handler: all,
    }),
    route({
      method: 'get',
      path: '/api/models/:name/:version',
      role: 'viewer',
      summary: 'The card of a version, its measured figures, and the names of its pictures.',
      params: byVersion,
      answer: z.strictObject({
        card: z.string().describe('Markdown.'),
        figures: z.unknown().describe('`evaluation.json`; null where nothing was measured.'),
        pictures: z.array(z.string()),
      }),
      refusals: ['MODEL_NOT_FOUND'],
      handler: async ({ params }) => ({
        card: await service.models.card(params),
        figures: (await service.models.figures(params)) ?? null,
        pictures: [...(await service.models.pictures(params))],
      }),
    }),
    rawRoute({
      method: 'get',
      path: '/api/models/:name/:version/pictures/:picture',
      role: 'viewer',
      summary: 'A picture of a card.',
      params: byVersion.extend({ picture: z.string().regex(/^[\w.-]{1,100}$/) }),
      answer: 'image/webp',
      refusals: ['MODEL_NOT_FOUND'],
      handler: async ({ params: { picture, ...named }, response }) => {
        const found = await service.models.picture(named, picture);
        if (!found) throw new HttpError('NOT_FOUND', 'This card has no such picture.');
        response.set('Cache-Control', 'private, max-age=3600').type(found.type);
        response.send(Buffer.from(found.bytes));
      },
    }),
    ...changeRoutes(service, all),
    ...shadowRoutes(service),
  ];
}

function changeRoutes(
  service: { readonly models: ModelDesk },
  all: () => { readonly models: readonly ModelJson[] },
): readonly Route[] {
  const refusals = ['MODEL_NOT_FOUND', 'MODEL_INVALID', 'MODEL_FAILED', 'PROVIDER_UNAVAILABLE'];
  return [
    route({
      method: 'post',
      path: '/api/models/:name/:version/activate',
      role: 'admin',
      audit: 'models.change',
      summary:
        'Rules without a version take it from now on, once it has answered its golden picture.',
      params: byVersion,
      body: z.strictObject({}),
      answer: changed,
      refusals,
      handler: async ({ params, note }) => {
        note({ target: `${params.name}@${params.version}`, details: { change: 'activate' } });
        await service.models.activate(params);
        return all();
      },
    }),
    route({
      method: 'post',
      path: '/api/models/:name/:version/deactivate',
      role: 'admin',
      audit: 'models.change',
      summary: 'No rule takes it any more; what it coloured stays explained.',
      params: byVersion,
      body: z.strictObject({}),
      answer: changed,
      refusals,
      handler: async ({ params, note }) => {
        note({ target: `${params.name}@${params.version}`, details: { change: 'deactivate' } });
        await service.models.deactivate(params);
        return all();
      },
    }),
    route({
      method: 'put',
      path: '/api/models/:name/shadow',
      role: 'admin',
      audit: 'models.change',
      summary: 'What runs beside a model and stores nothing; null for nothing.',
      params: z.strictObject({ name: modelName }),
      body: z.strictObject({ shadow: exactReference.nullable() }),
      answer: changed,
      refusals,
      handler: async ({ params, body, note }) => {
        note({ details: { change: 'shadow', shadow: body.shadow ?? 'none' } });
        await service.models.shadow(
          params.name,
          body.shadow === null ? undefined : named(body.shadow),
        );
        return all();
      },
    }),
  ];
}

const model = z.strictObject({
  name: z.string(),
  version: z.string(),
  title: z.string(),
  meaning: z.string(),
  kind: z.enum(['evidence', 'ab']),
  sha256: z.string(),
  licence: z.string(),
  photographic: z.boolean().describe('Colour is invented from photographs.'),
  state: z.enum(['active', 'available', 'deactivated', 'removed']),
  default: z.boolean().describe('Rules that name no model take it.'),
  installedAt: z.string().optional().describe('Absent for models of the release.'),
  source: z.string().optional(),
  rules: z.array(z.string()).describe('Rules in force that colour with it.'),
  shadowRules: z.array(z.string()).describe('Rules that let it run in the shadow.'),
  shadowOf: z.array(z.string()).describe('Models in whose shadow it runs.'),
});

function modelJson(known: KnownModel): ModelJson {
  const { model: of, state, installed, isDefault, rules, shadowRules, shadowOf } = known;
  const { name, version: own, title, meaning, weights, licence, photographic } = of.manifest;
  return {
    name,
    version: own,
    title,
    meaning,
    kind: of.manifest.outputs.kind,
    sha256: weights.sha256,
    licence,
    photographic,
    state,
    default: isDefault,
    ...(installed ? { installedAt: installed.installedAt, source: installed.source } : {}),
    rules,
    shadowRules,
    shadowOf,
  };
}
