import { setTimeout as pause } from 'node:timers/promises';
import type { Response } from 'express';
import { z } from 'zod';
import { ColouriseError, errorKinds } from '../domain/errors.js';
import { HttpError } from './failures.js';
import { rawRoute, type Route } from './route.js';
import { mostRules, rulesText } from './rules.js';
import type { HttpDependencies, RehearsalRequest } from './server.js';

const body = z.strictObject({
  rules: rulesText,
  days: z.number().int().min(1).max(366).default(30),
  limit: z.number().int().min(1).max(200_000).default(20_000),
  explain: z
    .string()
    .regex(/^[0-9.]{1,64}$/, 'expected a UID: digits and dots')
    .optional(),
  fresh: z.boolean().default(false),
});

/** How long a rehearsal that ends may take to end before another is refused, ms. */
const graceMs = 1000;

/** Progress is told at most once in this time, ms. */
const tellEveryMs = 250;

/**
 * Answers in JSON lines: `{ "progress": … }` until one `{ "report": …, "explained": … }`, or `{ "error": … }`.
 * Who closes the connection ends the rehearsal. One at a time.
 */
export function rehearsalRoute(dependencies: Pick<HttpDependencies, 'rehearse'>): Route {
  let busy = false;
  let running: Promise<void> = Promise.resolve();
  return rawRoute({
    method: 'post',
    path: '/api/rules/rehearse',
    role: 'operator',
    audit: 'rules.rehearse',
    summary:
      "Tries edited rules on the archive's last days and stores nothing: lines of progress, then the report.",
    body,
    bodyLimit: mostRules.bodyBytes,
    answer: 'application/x-ndjson',
    refusals: ['REHEARSAL_RUNNING'],
    handler: async ({ body: given, response }) => {
      // Whoever stopped one to begin the next need not ask twice.
      if (busy) await Promise.race([running, pause(graceMs)]);
      if (busy) throw new HttpError('REHEARSAL_RUNNING', 'Another rehearsal is under way.');
      busy = true;
      running = answerInLines(response, (signal, onProgress) =>
        dependencies.rehearse({ ...given, signal, onProgress }),
      ).finally(() => {
        busy = false;
      });
      await running;
    },
  });
}

/** Tells of progress now and then, and ends the work when its reader goes away. */
async function answerInLines(
  response: Response,
  work: (signal: AbortSignal, onProgress: RehearsalRequest['onProgress']) => Promise<object>,
): Promise<void> {
  const ending = new AbortController();
  response.once('close', () => {
    ending.abort();
  });
  let toldAt = 0;
  try {
    const result = await work(ending.signal, (progress) => {
      const now = Date.now();
      if (now - toldAt < tellEveryMs) return;
      toldAt = now;
      writeLine(response, { progress });
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
  }
}

function writeLine(response: Response, line: object): void {
  if (!response.headersSent) {
    response.set({ 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' });
  }
  response.write(`${JSON.stringify(line)}\n`);
}
