import { z } from 'zod';
import type { TaskRequest, Tasks } from '../ports/tasks.js';
import { begunTask, imageId, latestTask, modelName, moment } from './answers.js';
import { HttpError } from './failures.js';
import { route, type Asked, type Route } from './route.js';

const version = z.string().regex(/^[\w.+-]{1,32}$/, 'expected a version');
const common = {
  dryRun: z.boolean().default(false),
  askedBy: z
    .string()
    .regex(/^[\w .,:@/-]{1,64}$/, 'expected a name')
    .default('API')
    .describe('For the audit: who stands behind the program that asks.'),
};
const bulk = {
  ...common,
  since: moment.optional(),
  until: moment.optional(),
  image: imageId.optional().describe('This image alone.'),
  perSecond: z.number().min(0.01).max(1000).describe('Images a second.'),
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
export function taskRoutes(tasks: Tasks): readonly Route[] {
  const begin = ({ note, principal }: Pick<Asked, 'note' | 'principal'>, request: TaskRequest) => {
    const { kind, dryRun } = request;
    // A program says for whom it asks; a person is who signed in.
    const askedBy = principal.kind === 'user' ? principal.name : request.askedBy;
    note({ target: kind, details: { dryRun, askedBy } });
    const task = tasks.start({ ...request, askedBy });
    if (!task) throw new HttpError('TASK_RUNNING', 'Another task is under way.');
    return { task };
  };
  const begins = {
    method: 'post',
    role: 'operator',
    audit: 'task.begin',
    status: 202,
    answer: begunTask,
    refusals: ['TASK_RUNNING'],
  } as const;
  const latest = () => ({ task: tasks.latest() ?? null });
  return [
    route({
      ...begins,
      path: '/api/sweep',
      summary: 'Compares the archive with the ledger, and decides what was missed.',
      body: bodies.sweep,
      handler: (asked) => begin(asked, { kind: 'sweep', ...asked.body }),
    }),
    route({
      ...begins,
      path: '/api/withdraw',
      summary: 'Deletes the colour of one version of a model from the archive.',
      body: bodies.withdraw,
      handler: (asked) => begin(asked, { kind: 'withdraw', ...asked.body }),
    }),
    route({
      ...begins,
      path: '/api/reprocess',
      summary: 'Decides anew what a model coloured, or has another colour it.',
      body: bodies.reprocess,
      handler: (asked) => begin(asked, { kind: 'reprocess', ...asked.body }),
    }),
    route({
      method: 'get',
      path: '/api/task',
      role: 'viewer',
      summary: 'The work on many images that runs, or ran last.',
      answer: latestTask,
      handler: latest,
    }),
    route({
      method: 'delete',
      path: '/api/task',
      role: 'operator',
      audit: 'task.cancel',
      summary: 'Ends that work after the image in hand.',
      answer: latestTask,
      handler: async () => {
        await tasks.cancel();
        return latest();
      },
    }),
  ];
}
