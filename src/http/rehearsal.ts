import express, { Router, type Response } from 'express';
import { z } from 'zod';
import { ColouriseError, errorKinds } from '../domain/errors.js';
import { HttpError } from './failures.js';
import type { HttpDependencies } from './server.js';

const mostBytes = 262_144;

const body = z.strictObject({
  /** The text of a rules file. */
  rules: z.string().min(1).max(mostBytes),
  days: z.number().int().min(1).max(366).default(30),
  limit: z.number().int().min(1).max(200_000).default(20_000),
  explain: z
    .string()
    .regex(/^[0-9.]{1,64}$/, 'expected a UID: digits and dots')
    .optional(),
  fresh: z.boolean().default(false),
});

/** Progress is told at most once in this time, ms. */
const tellEveryMs = 250;

/**
 * `POST /rehearse`: JSON lines, `{ "progress": … }` until one `{ "report": …, "explained": … }`, or `{ "error": … }`.
 * Who closes the connection ends the rehearsal. One at a time.
 */
export function rehearsalRoutes(dependencies: Pick<HttpDependencies, 'rehearse'>): Router {
  const routes = Router();
  let busy = false;
  routes.post('/rehearse', express.json({ limit: 2 * mostBytes }), async (request, response) => {
    if (!request.is('application/json')) {
      throw new HttpError('UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON.');
    }
    const { explain, ...given } = body.parse(request.body);
    if (busy) throw new HttpError('REHEARSAL_RUNNING', 'Another rehearsal is under way.');
    busy = true;
    const ending = new AbortController();
    response.once('close', () => {
      ending.abort();
    });
    try {
      let toldAt = 0;
      const result = await dependencies.rehearse({
        ...given,
        ...(explain === undefined ? {} : { explain }),
        signal: ending.signal,
        onProgress: (progress) => {
          const now = Date.now();
          if (now - toldAt < tellEveryMs) return;
          toldAt = now;
          writeLine(response, { progress });
        },
      });
      writeLine(response, result);
      response.end();
    } catch (thrown) {
      if (ending.signal.aborted) return;
      if (!response.headersSent) throw thrown;
      const { code, message } =
        thrown instanceof ColouriseError
          ? thrown
          : new ColouriseError('INTERNAL', 'The service failed to answer.');
      writeLine(response, { error: { code, message, next: errorKinds[code].next } });
      response.end();
    } finally {
      busy = false;
    }
  });
  return routes;
}

function writeLine(response: Response, line: object): void {
  if (!response.headersSent) {
    response.set({ 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' });
  }
  response.write(`${JSON.stringify(line)}\n`);
}
