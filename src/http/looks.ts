import type { Response } from 'express';
import { z } from 'zod';
import type { LookRendering, Looks, Sight } from '../ports/looks.js';
import { imageId, modelReference } from './answers.js';
import type { SightJson } from './api.js';
import { HttpError } from './failures.js';
import { rawRoute, route, type Route } from './route.js';

const byId = z.strictObject({ id: imageId });

/** Each holds a decoded picture; more would wait longer than anybody looks. */
const mostInHand = 16;

const drawnQuery = z.strictObject({
  model: modelReference,
  palette: z.enum(['magenta', 'amber', 'blue']).default('magenta'),
  strength: z.coerce.number().gt(0).max(1).default(1).describe("Share of the model's full chroma."),
  display: z.enum(['srgb', 'gsdf']).default('srgb'),
  contours: z
    .string()
    .regex(/^(0?\.\d{1,3})(,0?\.\d{1,3}){0,4}$/, 'expected levels: 0.25,0.5,0.75')
    .optional()
    .describe('Levels of evidence, with commas.'),
  banner: z.enum(['true', 'false']).default('false'),
  width: z.coerce
    .number()
    .int()
    .min(64)
    .max(20_000)
    .optional()
    .describe('At most so many pixels wide; full resolution if left out.'),
});

/** Images of the archive drawn by any installed model, without storing anything. Who goes away ends the work. */
export function lookRoutes(service: { readonly looks: Looks }): readonly Route[] {
  const refusals = ['NO_PREVIEW', 'NOTHING_TO_SHOW', 'TOO_MANY_DRAWINGS'];
  return [
    rawRoute({
      method: 'get',
      path: '/api/images/:id/grey',
      role: 'operator',
      summary:
        'The displayed grey at full resolution: one byte a pixel, row by row; Colouriser-Rows and Colouriser-Columns say the size.',
      params: byId,
      answer: 'application/octet-stream',
      refusals,
      handler: ({ params, response }) =>
        whileHeard(service, response, async (looks, signal) => {
          const { image, window } = there(await looks.grey(params.id, signal));
          const { grey, Rows, Columns } = image;
          response.set({
            'Cache-Control': 'private, max-age=300',
            'Content-Type': 'application/octet-stream',
            'Content-Length': String(grey.length),
            'Colouriser-Rows': String(Rows),
            'Colouriser-Columns': String(Columns),
            'Colouriser-Window': encodeURIComponent(window),
          });
          response.end(Buffer.from(grey.buffer, grey.byteOffset, grey.length));
        }),
    }),
    route({
      method: 'get',
      path: '/api/images/:id/colouring',
      role: 'operator',
      audit: 'image.compare',
      summary: 'What an installed model says about an image; nothing is stored.',
      params: byId,
      query: z.strictObject({ model: modelReference }),
      answer: sight,
      refusals,
      handler: ({ params, query, response, note }) => {
        note({ details: { model: query.model } });
        return whileHeard(service, response, async (looks, signal) =>
          sightJson(there(await looks.colouring(params.id, query.model, signal))),
        );
      },
    }),
    rawRoute({
      method: 'get',
      path: '/api/images/:id/drawn.png',
      role: 'operator',
      audit: 'image.compare',
      summary:
        'An image as an installed model would colour it, as the product draws; nothing is stored.',
      params: byId,
      query: drawnQuery,
      answer: 'image/png',
      refusals,
      handler: ({ params, query, response, note }) => {
        note({ details: { model: query.model } });
        return whileHeard(service, response, async (looks, signal) => {
          const { model, width, ...rest } = query;
          const png = there(await looks.png(params.id, model, renderingOf(rest), width, signal));
          response.set('Cache-Control', 'private, max-age=300').type('png').send(Buffer.from(png));
        });
      },
    }),
  ];
}

function renderingOf({
  palette,
  strength,
  display,
  contours,
  banner,
}: Pick<z.output<typeof drawnQuery>, 'palette' | 'strength' | 'display' | 'banner'> & {
  readonly contours?: string;
}): LookRendering {
  const levels = [...new Set((contours ?? '').split(',').map(Number))].filter((level) => level > 0);
  return {
    palette,
    strength,
    banner: banner === 'true',
    ...(display === 'gsdf' ? { display } : {}),
    ...(levels.length > 0 ? { contours: levels.sort((one, other) => one - other) } : {}),
  };
}

function there<T>(found: T | undefined): T {
  if (found === undefined) throw new HttpError('NO_PREVIEW', 'There is no picture of this image.');
  return found;
}

/** Work that its reader can end by going away, and that is refused while too much is in hand. */
async function whileHeard<T>(
  { looks }: { readonly looks: Looks },
  response: Response,
  work: (looks: Looks, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (looks.inHand >= mostInHand) {
    response.set('Retry-After', '2');
    throw new HttpError('TOO_MANY_DRAWINGS', `${mostInHand} pictures are being drawn already.`);
  }
  const ending = new AbortController();
  response.once('close', () => {
    // An answer that nobody reads.
    ending.abort(new HttpError('NO_PREVIEW', 'The reader went away.'));
  });
  return work(looks, ending.signal);
}

const grid = { rows: z.int().min(1), columns: z.int().min(1) };
const base64 = z.string().describe('Float32, little-endian, row by row, in base64.');

const sight = z.strictObject({
  model: z.string(),
  modelVersion: z.string(),
  title: z.string(),
  sha256: z.string(),
  colouring: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('evidence'), ...grid, evidence: base64 }),
    z.strictObject({
      kind: z.literal('ab'),
      ...grid,
      ab: base64.describe('The plane of a*, then that of b*: float32, little-endian, in base64.'),
    }),
  ]),
  probability: z.number().optional(),
  inferMs: z.number(),
  refusal: z
    .strictObject({ code: z.string(), reason: z.string() })
    .optional()
    .describe('Why the pipeline would not colour this picture.'),
});

function sightJson({ model, colouring, inferMs, refusal }: Sight): SightJson {
  const { name, version, title, weights } = model.manifest;
  const { rows, columns } = colouring;
  const probability = colouring.kind === 'evidence' ? colouring.probability : undefined;
  return {
    model: name,
    modelVersion: version,
    title,
    sha256: weights.sha256,
    colouring:
      colouring.kind === 'evidence'
        ? { kind: colouring.kind, rows, columns, evidence: asBase64(colouring.evidence) }
        : { kind: colouring.kind, rows, columns, ab: asBase64(colouring.ab) },
    ...(probability === undefined ? {} : { probability }),
    inferMs,
    ...(refusal ? { refusal } : {}),
  };
}

/** This machine writes little-endian, as every one does that the runtime of the networks exists for. */
function asBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
