import express, { type Express, type Response } from 'express';
import type { Logger } from 'pino';
import type { Exposition } from '../ports/telemetry.js';
import { type AccessOptions, guardAccess } from './access.js';
import { answerErrors, unknownRoute } from './failures.js';

/** What is asked of a process that has no page. */
export interface Monitored {
  readiness(): { readonly state: string; readonly reasons: readonly string[] };
  metrics(): Promise<Exposition>;
}

/**
 * Health, readiness and metrics of a worker. Probes need no token, metrics do where others can reach them.
 * @throws ColouriseError `CONFIG_INVALID` without a token on an address that others can reach
 */
export function createMonitorApp(
  monitored: Monitored,
  options: AccessOptions & { readonly logger: Logger },
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => void response.json({ status: 'alive' }));
  app.get('/readyz', (_request, response) => {
    const { state, reasons } = monitored.readiness();
    response.status(state === 'ready' ? 200 : 503).json({ state, reasons });
  });
  app.use(guardAccess(options));
  app.get('/metrics', (_request, response) => exposeMetrics(response, () => monitored.metrics()));
  app.use(unknownRoute);
  app.use(answerErrors(options.logger));
  return app;
}

/** Answers a scrape. */
export async function exposeMetrics(
  response: Response,
  metrics: () => Promise<Exposition>,
): Promise<void> {
  const { contentType, text } = await metrics();
  response.set({ 'Content-Type': contentType, 'Cache-Control': 'no-store' }).send(text);
}
