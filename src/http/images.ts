import { z } from 'zod';
import { errorKinds } from '../domain/errors.js';
import type { ImageFilter, ImageRow } from '../ports/ledger.js';
import {
  image,
  imageDecision,
  imageId,
  imageLinks,
  imagePage,
  imageState,
  modelName,
  moment,
} from './answers.js';
import { imageJson, type ImageLinks, type ImagePage } from './api.js';
import { HttpError } from './failures.js';
import { rawRoute, route, type Route } from './route.js';
import type { AppOptions, HttpDependencies, PreviewSide } from './server.js';

const byId = z.strictObject({ id: imageId });

const listQuery = z.strictObject({
  state: imageState.optional(),
  model: modelName.optional(),
  rule: z.string().min(1).max(64).optional().describe('The rule that decided.'),
  since: moment.optional().describe('Arrived then or later.'),
  until: moment.optional().describe('Arrived before.'),
  uid: z
    .string()
    .regex(/^[0-9.]{1,64}$/, 'expected the start of a UID: digits and dots')
    .optional(),
  ownOutput: z
    .enum(['shown', 'hidden'])
    .optional()
    .describe('Our own colour images; left out by default from lists that ask for nothing else.'),
  before: imageId.optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

/** Widths in pixels; the upper bound keeps one request from costing a full-size PNG many times over. */
const previewQuery = z.strictObject({
  width: z.coerce.number().int().min(64).max(4096).default(1024),
});

type Places = Pick<AppOptions, 'explorerUrl' | 'viewers'>;

/** Orthanc's legacy pages, which every build with its default plugins serves. */
const explorerPath = '/app/explorer.html';
const viewerPath = '/web-viewer/app/viewer.html';

/** What arrived and what became of it: lists, single images, their pictures, retry. */
export function imageRoutes(dependencies: HttpDependencies, places: Places): readonly Route[] {
  const find = (id: string): ImageRow => {
    const row = dependencies.ledger.image(id);
    if (!row) throw new HttpError('NOT_FOUND', 'No image has this id.');
    return row;
  };
  return [
    route({
      method: 'get',
      path: '/api/images',
      role: 'viewer',
      summary: 'Images, newest first.',
      query: listQuery,
      answer: imagePage,
      handler: ({ query }) => listImages(dependencies, query),
    }),
    route({
      method: 'get',
      path: '/api/images/:id',
      role: 'viewer',
      summary: 'One image, and what became of it.',
      params: byId,
      answer: image,
      handler: ({ params }) => {
        const row = find(params.id);
        return imageJson(row, nextStep(row));
      },
    }),
    route({
      method: 'get',
      path: '/api/images/:id/links',
      role: 'viewer',
      summary: "Its addresses in Orthanc's own pages and in other viewers.",
      params: byId,
      answer: imageLinks,
      handler: ({ params }) => linksOf(find(params.id), dependencies, places),
    }),
    route({
      method: 'get',
      path: '/api/images/:id/decision',
      role: 'viewer',
      summary:
        'Why it was decided as it was, as of then: every clause, its truth, and what it read.',
      params: byId,
      answer: imageDecision,
      handler: ({ params: { id } }) => {
        const { rule, rulesVersion, reason } = find(id);
        return { id, ...(dependencies.ledger.decision(id) ?? { rule, rulesVersion, reason }) };
      },
    }),
    picture(dependencies, find, 'before'),
    picture(dependencies, find, 'after'),
    route({
      method: 'post',
      path: '/api/images/:id/retry',
      role: 'operator',
      audit: 'image.retry',
      summary: 'Puts a failed or skipped image back to pending.',
      params: byId,
      status: 202,
      answer: z.strictObject({ id: z.string(), state: z.literal('pending') }),
      refusals: ['NOT_RETRYABLE'],
      handler: ({ params }) => {
        const { id, state } = find(params.id);
        if (!dependencies.ledger.reopen(id)) {
          throw new HttpError('NOT_RETRYABLE', `This image is ${state}.`);
        }
        dependencies.wake();
        return { id, state: 'pending' } as const;
      },
    }),
  ];
}

function listImages(
  { ledger }: Pick<HttpDependencies, 'ledger'>,
  {
    limit,
    ownOutput,
    ...rest
  }: Omit<ImageFilter, 'withoutOwnOutput'> & {
    readonly ownOutput?: 'shown' | 'hidden';
  },
): ImagePage {
  const isWhole = rest.state === undefined && rest.uid === undefined;
  const rows = ledger.images({
    ...rest,
    withoutOwnOutput: (ownOutput ?? (isWhole ? 'hidden' : 'shown')) === 'hidden',
    limit: limit + 1,
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    images: shown.map((row) => imageJson(row, nextStep(row))),
    ...(last && { next: last.id }),
  };
}

function picture(
  dependencies: Pick<HttpDependencies, 'preview'>,
  find: (id: string) => ImageRow,
  side: PreviewSide,
): Route {
  return rawRoute({
    method: 'get',
    path: `/api/images/:id/${side}.png`,
    role: 'viewer',
    summary: `The picture ${side} colouring, as it is displayed.`,
    params: byId,
    query: previewQuery,
    answer: 'image/png',
    refusals: ['NO_PREVIEW'],
    handler: async ({ params, query, response }) => {
      const png = await dependencies.preview(find(params.id).id, side, query.width);
      if (!png) throw new HttpError('NO_PREVIEW', `There is no picture '${side}' of this image.`);
      response.set('Cache-Control', 'private, max-age=300').type('png').send(Buffer.from(png));
    },
  });
}

export function nextStep(row: ImageRow): string | undefined {
  if (row.state !== 'failed' || row.code === undefined) return undefined;
  return Object.entries(errorKinds).find(([code]) => code === row.code)?.[1].next;
}

async function linksOf(
  row: ImageRow,
  dependencies: Pick<HttpDependencies, 'orthancIds'>,
  { explorerUrl, viewers = {} }: Places,
): Promise<ImageLinks> {
  const study = row.source?.StudyInstanceUID;
  const { ohifUrl, stoneUrl } = viewers;
  return {
    ...(explorerUrl === undefined ? {} : await orthancLinks(row, dependencies, explorerUrl)),
    ...(ohifUrl !== undefined &&
      study !== undefined && { ohif: `${base(ohifUrl)}/viewer?StudyInstanceUIDs=${study}` }),
    ...(stoneUrl !== undefined &&
      study !== undefined && { stone: `${base(stoneUrl)}/index.html?study=${study}` }),
  };
}

async function orthancLinks(
  row: ImageRow,
  dependencies: Pick<HttpDependencies, 'orthancIds'>,
  explorerUrl: string,
): Promise<ImageLinks> {
  const ids = await dependencies.orthancIds?.(row.id);
  const series = ids?.colourSeries ?? ids?.series;
  const study = ids?.study ?? row.source?.studyOrthancId;
  const target = study === undefined ? `instance?uuid=${row.orthancId}` : `study?uuid=${study}`;
  return {
    explorer: `${base(explorerUrl)}${explorerPath}#${target}`,
    ...(series !== undefined && {
      viewer: `${base(explorerUrl)}${viewerPath}?series=${series}`,
    }),
  };
}

const base = (url: string) => url.replace(/\/+$/, '');
