import express, { type Express, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import type { Principal } from '../domain/principal.js';
import type { Exposition } from '../ports/telemetry.js';
import { ColouriseError } from '../domain/errors.js';
import { createTokenGate, isLoopback, isSame, requireLoopbackName } from './access.js';
import { answerErrors, HttpError, unknownRoute } from './failures.js';
import { principalOf } from './principal.js';

/** What is asked of a process that has no page. */
export interface Monitored {
  readiness(): { readonly state: string; readonly reasons: readonly string[] };
  metrics(): Promise<Exposition>;
}

export interface MonitorOptions {
  /** The address that the server is bound to. */
  readonly host: string;
  readonly token?: string;
  readonly logger: Logger;
}

/**
 * Health, readiness and metrics of a worker. Probes need no token, metrics do where others can reach them.
 * @throws ColouriseError `CONFIG_INVALID` without a token on an address that others can reach
 */
export function createMonitorApp(monitored: Monitored, options: MonitorOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => void response.json({ status: 'alive' }));
  app.get('/readyz', (_request, response) => {
    const { state, reasons } = monitored.readiness();
    response.status(state === 'ready' ? 200 : 503).json({ state, reasons });
  });
  app.use(guardMonitor(options));
  app.get('/metrics', (_request, response) => exposeMetrics(response, () => monitored.metrics()));
  app.use(unknownRoute);
  app.use(answerErrors(options.logger));
  return app;
}

/** Without a token only this machine may look. */
function guardMonitor({ host, token }: MonitorOptions): RequestHandler[] {
  if (token === undefined) {
    if (isLoopback(host)) return [requireLoopbackName({})];
    throw new ColouriseError(
      'CONFIG_INVALID',
      `monitor.host is ${host}, which others can reach: set monitor.token, or bind to 127.0.0.1`,
    );
  }
  return [
    createTokenGate((secret) => (isSame(secret, token) ? holder : undefined)),
    (request, _response, next) => {
      if (!principalOf(request)) throw new HttpError('UNAUTHORISED', 'No token was sent.');
      next();
    },
  ];
}

const holder: Principal = { name: 'monitor.token', role: 'viewer', kind: 'token' };

/** Answers a scrape. */
export async function exposeMetrics(
  response: Response,
  metrics: () => Promise<Exposition>,
): Promise<void> {
  const { contentType, text } = await metrics();
  response.set({ 'Content-Type': contentType, 'Cache-Control': 'no-store' }).send(text);
}
