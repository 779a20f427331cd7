import { z } from 'zod';
import { serviceStatus } from './answers.js';
import type { ServiceStatus } from './api.js';
import { exposeMetrics } from './monitor.js';
import { rawRoute, route, type Route } from './route.js';
import type { HttpDependencies } from './server.js';

/** How the service is: for probes, for Prometheus, for people. */
export function serviceRoutes(
  dependencies: Pick<HttpDependencies, 'metrics'>,
  status: () => Promise<ServiceStatus>,
): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/healthz',
      role: 'anyone',
      summary: 'Whether the process answers.',
      answer: z.strictObject({ status: z.literal('alive') }),
      handler: () => ({ status: 'alive' }) as const,
    }),
    route({
      method: 'get',
      path: '/readyz',
      role: 'anyone',
      summary: 'Whether images are admitted; 503 until the change log was first asked.',
      answer: z.strictObject({ state: serviceStatus.shape.state }),
      notYet: true,
      handler: async ({ response }) => {
        const { state } = await status();
        if (state === 'starting') response.status(503);
        return { state };
      },
    }),
    rawRoute({
      method: 'get',
      path: '/metrics',
      role: 'viewer',
      summary: 'Figures for Prometheus.',
      answer: 'text/plain',
      handler: ({ response }) => exposeMetrics(response, () => dependencies.metrics()),
    }),
    route({
      method: 'get',
      path: '/api/status',
      role: 'viewer',
      summary: 'How the service is, in one answer.',
      answer: serviceStatus,
      handler: status,
    }),
  ];
}
