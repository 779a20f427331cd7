import express, { Router } from 'express';
import { z } from 'zod';
import { HttpError } from './failures.js';
import type { HttpDependencies } from './server.js';

const modelName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected the name of a model');
const orthancId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{8}){4}$/, 'expected an Orthanc id, five groups of eight digits');

const triggerBody = z.strictObject({
  level: z.enum(['study', 'series', 'instance']),
  orthancId,
  model: modelName.optional(),
});

/** What sets the service to work: `wake` and `trigger`. Both answer before the work is done. */
export function commandRoutes(dependencies: Pick<HttpDependencies, 'wake' | 'trigger'>): Router {
  const routes = Router();
  routes.post('/wake', (_request, response) => {
    dependencies.wake();
    response.status(202).json({ woken: true });
  });
  routes.post('/trigger', express.json({ limit: '16kb' }), async (request, response) => {
    if (!request.is('application/json')) {
      throw new HttpError('UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON.');
    }
    const { model, ...rest } = triggerBody.parse(request.body);
    const { queued } = await dependencies.trigger({
      ...rest,
      ...(model !== undefined && { model }),
    });
    response.status(202).json({ queued });
  });
  return routes;
}
