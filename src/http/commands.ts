import { z } from 'zod';
import { modelName } from './answers.js';
import { route, type Route } from './route.js';
import type { HttpDependencies } from './server.js';

const orthancId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{8}){4}$/, 'expected an Orthanc id, five groups of eight digits');

/** What sets the service to work: `wake` and `trigger`. Both answer before the work is done. */
export function commandRoutes(
  dependencies: Pick<HttpDependencies, 'wake' | 'trigger'>,
): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/api/wake',
      role: 'operator',
      audit: false,
      summary: 'Looks for new images now instead of at the next poll.',
      status: 202,
      answer: z.strictObject({ woken: z.boolean() }),
      handler: () => {
        dependencies.wake();
        return { woken: true };
      },
    }),
    route({
      method: 'post',
      path: '/api/trigger',
      role: 'operator',
      audit: 'image.trigger',
      summary: 'Colours what stands in the archive already.',
      body: z.strictObject({
        level: z.enum(['study', 'series', 'instance']),
        orthancId,
        model: modelName.optional(),
      }),
      status: 202,
      answer: z.strictObject({ queued: z.int().min(0) }),
      handler: async ({ body, note }) => {
        note({ target: body.orthancId, details: { level: body.level } });
        const { queued } = await dependencies.trigger(body);
        return { queued };
      },
    }),
  ];
}
