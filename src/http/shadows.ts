import { z } from 'zod';
import type { ShadowRow } from '../domain/shadow.js';
import type { ModelDesk } from '../ports/model-desk.js';
import type { ShadowRowJson } from './api.js';
import { route, type Route } from './route.js';

/** One version: `evidence@1.0.0`. */
export const exactReference = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}@[0-9A-Za-z.-]{1,64}$/, 'expected NAME@VERSION');
/** What models came to in the shadow of others. */
export function shadowRoutes(service: { readonly models: ModelDesk }): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/api/shadows',
      role: 'viewer',
      summary: 'What models came to in the shadow of others, by pair.',
      answer: z.strictObject({ pairs: z.array(summary) }),
      handler: () => ({ pairs: [...service.models.shadows()] }),
    }),
    route({
      method: 'get',
      path: '/api/shadows/images',
      role: 'viewer',
      summary: 'What single images came to in the shadow, the newest first.',
      query: z.strictObject({
        stored: exactReference,
        shadow: exactReference,
        limit: z.coerce.number().int().min(1).max(500).default(50),
      }),
      answer: z.strictObject({ images: z.array(shadowRow) }),
      handler: ({ query }) => {
        const pair = { stored: asVersion(query.stored), shadow: asVersion(query.shadow) };
        return { images: service.models.shadowRows(pair, query.limit).map(rowJson) };
      },
    }),
  ];
}

/** Both parts are there: the schema asks for them. */
export function named(reference: string) {
  const [name = '', found = ''] = reference.split('@');
  return { name, version: found };
}

function asVersion(reference: string) {
  const { name, version: modelVersion } = named(reference);
  return { model: name, modelVersion };
}

const modelVersion = z.strictObject({ model: z.string(), modelVersion: z.string() });
const number = z.number();
const spread = z.strictObject({
  mean: number,
  least: number,
  quartile1: number,
  median: number,
  quartile3: number,
  greatest: number,
});
const summary = z.strictObject({
  stored: modelVersion,
  shadow: modelVersion,
  compared: z.int(),
  faults: z.record(z.string(), z.int()),
  since: z.date().optional(),
  until: z.date().optional(),
  coloured: z.strictObject({
    both: z.int(),
    storedOnly: z.int(),
    shadowOnly: z.int(),
    neither: z.int(),
  }),
  agreement: number.optional().describe('Share of images on which both colour, or neither.'),
  diceTenths: z.array(z.int()).describe('Coloured images by the overlap, in tenths.'),
  dice: spread.optional(),
  iou: spread.optional(),
  deltaChroma: spread.optional(),
  probabilityChange: spread.optional(),
  inferMs: spread.optional(),
});
const chroma = z.strictObject({
  probability: number.optional(),
  colouredShare: number,
  meanChroma: number,
  maxChroma: number,
});
const shadowRow = z.strictObject({
  image: z.string(),
  at: z.date(),
  inferMs: number,
  code: z.string().optional().describe('Why the shadow could not colour it.'),
  figures: z
    .strictObject({
      stored: chroma,
      shadow: chroma,
      dice: number,
      iou: number,
      deltaChroma: number,
    })
    .optional(),
});

function rowJson(row: ShadowRow): ShadowRowJson {
  const { jobId: image, at, inferMs } = row;
  const came = 'figures' in row ? { figures: row.figures } : { code: row.code };
  return { image, at, inferMs, ...came };
}
