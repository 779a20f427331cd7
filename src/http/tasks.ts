import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { TaskRequest, Tasks } from '../ports/tasks.js';
import { HttpError } from './failures.js';

const modelName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected the name of a model');
const version = z.string().regex(/^[\w.+-]{1,32}$/, 'expected a version');
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const common = {
  dryRun: z.boolean().default(false),
  /** For the audit: who stands behind the program that asks. */
  askedBy: z
    .string()
    .regex(/^[\w .,:@/-]{1,64}$/, 'expected a name')
    .default('API'),
};
const bulk = {
  ...common,
  since: moment.optional(),
  until: moment.optional(),
  perSecond: z.number().min(0.01).max(1000),
};

const bodies = {
  sweep: z.strictObject({
    ...common,
    days: z.int().min(1).max(3650),
    restore: z.boolean().default(false),
    redo: z.boolean().default(false),
  }),
  withdraw: z.strictObject({ ...bulk, model: modelName, version }),
  reprocess: z.strictObject({
    ...bulk,
    model: modelName,
    version: version.optional(),
    toModel: modelName.optional(),
  }),
} as const;

/** Work on many images: begun by POST, followed at `task`, ended by DELETE. */
export function taskRoutes(tasks: Tasks): Router {
  const routes = Router();
  const json = express.json({ limit: '16kb' });
  const begin =
    (read: (body: unknown) => TaskRequest) => (request: Request, response: Response) => {
      if (!request.is('application/json')) {
        throw new HttpError('UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON.');
      }
      const task = tasks.start(read(request.body));
      if (!task) throw new HttpError('TASK_RUNNING', 'Another task is under way.');
      response.status(202).json({ task });
    };

  routes.post(
    '/sweep',
    json,
    begin((body) => ({ kind: 'sweep', ...bodies.sweep.parse(body) })),
  );
  routes.post(
    '/withdraw',
    json,
    begin((body) => ({ kind: 'withdraw', ...defined(bodies.withdraw.parse(body)) })),
  );
  routes.post(
    '/reprocess',
    json,
    begin((body) => ({ kind: 'reprocess', ...defined(bodies.reprocess.parse(body)) })),
  );
  routes.get('/task', (_request, response) => {
    response.json({ task: tasks.latest() ?? null });
  });
  routes.delete('/task', async (_request, response) => {
    await tasks.cancel();
    response.json({ task: tasks.latest() ?? null });
  });
  return routes;
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Leaves out what was not given, as `exactOptionalPropertyTypes` wants it. */
function defined<T extends object>(record: T): Defined<T> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}
