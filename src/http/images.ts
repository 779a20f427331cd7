import { Router, type RequestHandler } from 'express';
import { z } from 'zod';
import { errorKinds } from '../domain/errors.js';
import type { ImageFilter, ImageRow } from '../ports/ledger.js';
import { imageJson, type ImageLinks, type ImagePage } from './api.js';
import { HttpError } from './failures.js';
import type { HttpDependencies, PreviewSide } from './server.js';

const id = z.string().regex(/^[\w.:-]{1,128}$/, 'expected the id of an image');

const listQuery = z.strictObject({
  state: z.enum(['pending', 'stored', 'skipped', 'failed']).optional(),
  model: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected the name of a model')
    .optional(),
  uid: z
    .string()
    .regex(/^[0-9.]{1,64}$/, 'expected the start of a UID: digits and dots')
    .optional(),
  /** Left out by default from lists that ask for nothing in particular. */
  ownOutput: z.enum(['shown', 'hidden']).optional(),
  before: id.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

/** Widths in pixels; the upper bound keeps one request from costing a full-size PNG many times over. */
const previewQuery = z.strictObject({
  width: z.coerce.number().int().min(64).max(4096).default(1024),
});

/** Orthanc's legacy pages, which every build with its default plugins serves. */
const explorerPath = '/app/explorer.html';
const viewerPath = '/web-viewer/app/viewer.html';

/** What arrived and what became of it: lists, single images, their pictures, retry. */
export function imageRoutes(dependencies: HttpDependencies, explorerUrl?: string): Router {
  const { ledger } = dependencies;
  const routes = Router();
  const find = (given: unknown): ImageRow => {
    const row = ledger.image(id.parse(given));
    if (!row) throw new HttpError('NOT_FOUND', 'No image has this id.');
    return row;
  };

  routes.get('/', (request, response) => {
    const { limit, ownOutput, ...rest } = listQuery.parse(request.query);
    const isWhole = rest.state === undefined && rest.uid === undefined;
    const rows = ledger.images({
      ...(defined(rest) as Omit<ImageFilter, 'limit'>),
      withoutOwnOutput: (ownOutput ?? (isWhole ? 'hidden' : 'shown')) === 'hidden',
      limit: limit + 1,
    });
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    const page: ImagePage = {
      images: shown.map((row) => imageJson(row, nextStep(row))),
      ...(last && { next: last.id }),
    };
    response.json(page);
  });

  routes.get('/:id', (request, response) => {
    const row = find(request.params.id);
    response.json(imageJson(row, nextStep(row)));
  });

  routes.get('/:id/links', async (request, response) => {
    const row = find(request.params.id);
    response.json(await linksOf(row, dependencies, explorerUrl));
  });

  routes.get('/:id/before.png', picture(dependencies, find, 'before'));
  routes.get('/:id/after.png', picture(dependencies, find, 'after'));

  routes.post('/:id/retry', (request, response) => {
    const row = find(request.params.id);
    if (!ledger.reopen(row.id)) {
      throw new HttpError('NOT_RETRYABLE', `This image is ${row.state}.`);
    }
    dependencies.wake();
    response.status(202).json({ id: row.id, state: 'pending' });
  });
  return routes;
}

function picture(
  dependencies: Pick<HttpDependencies, 'preview'>,
  find: (given: unknown) => ImageRow,
  side: PreviewSide,
): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const { width } = previewQuery.parse(request.query);
    const png = await dependencies.preview(find(request.params.id).id, side, width);
    if (!png) throw new HttpError('NO_PREVIEW', `There is no picture '${side}' of this image.`);
    response.set('Cache-Control', 'private, max-age=300').type('png').send(Buffer.from(png));
  };
}

function nextStep(row: ImageRow): string | undefined {
  if (row.state !== 'failed' || row.code === undefined) return undefined;
  return Object.entries(errorKinds).find(([code]) => code === row.code)?.[1].next;
}

async function linksOf(
  row: ImageRow,
  dependencies: Pick<HttpDependencies, 'orthancIds'>,
  explorerUrl: string | undefined,
): Promise<ImageLinks> {
  if (explorerUrl === undefined) return {};
  const base = explorerUrl.replace(/\/$/, '');
  const ids = await dependencies.orthancIds?.(row.id);
  const series = ids?.colourSeries ?? ids?.series;
  const study = ids?.study ?? row.source?.studyOrthancId;
  const target = study === undefined ? `instance?uuid=${row.orthancId}` : `study?uuid=${study}`;
  return {
    explorer: `${base}${explorerPath}#${target}`,
    ...(series !== undefined && { viewer: `${base}${viewerPath}?series=${series}` }),
  };
}

/** Leaves out what was not given, as `exactOptionalPropertyTypes` wants it. */
function defined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
