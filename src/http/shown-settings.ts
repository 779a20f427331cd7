import { z } from 'zod';
import { route, type Route } from './route.js';
import type { HttpDependencies } from './server.js';

/** One setting as it is in force. */
export interface ShownSetting {
  readonly key: string;
  /** Of a secret only whether it is set. */
  readonly value: string;
  readonly secret: boolean;
  readonly description: string;
}

export function settingsRoute({ settings }: Pick<HttpDependencies, 'settings'>): Route {
  return route({
    method: 'get',
    path: '/api/settings',
    role: 'admin',
    summary: 'The settings in force, secrets hidden.',
    answer: z.strictObject({
      settings: z.array(
        z.strictObject({
          key: z.string(),
          value: z.string(),
          secret: z.boolean(),
          description: z.string(),
        }),
      ),
    }),
    handler: () => ({ settings: settings() }),
  });
}
