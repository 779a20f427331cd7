import { z } from 'zod';
import { imageId } from './answers.js';
import { route, type Route } from './route.js';
import type { HttpDependencies } from './server.js';

const destinationName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/i, 'expected the name of a destination');

/** Colour series on their way to other servers. How many wait stands in the status, each in its image. */
export function forwardRoutes(
  dependencies: Pick<HttpDependencies, 'retryForwards'>,
): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/api/forwards/retry',
      role: 'operator',
      audit: 'image.forward',
      summary: 'Sends again what was given up: all of it, of one destination, or of one image.',
      body: z.strictObject({
        destination: destinationName.optional(),
        imageId: imageId.optional(),
      }),
      status: 202,
      answer: z.strictObject({ retried: z.int().min(0) }),
      handler: ({ body, note }) => {
        const retried = dependencies.retryForwards(body);
        note({ target: body.imageId ?? body.destination ?? 'all', details: { retried } });
        return { retried };
      },
    }),
  ];
}
