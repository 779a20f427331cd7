import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import { HttpError } from './failures.js';

/** What `npm run build` made of `src/console/`; dist/src/http finds it beside dist/src. */
const folder = fileURLToPath(new URL('../../console/', import.meta.url));

/** The addresses of the console's pages: the page in the browser knows which is which. */
export const consolePages = [
  '/',
  '/studies{/:image}',
  '/compare{/:image}',
  '/rules',
  '/models',
  '/system',
  '/sign-in',
];

/**
 * The console's files and addresses. Names under `assets/` hold a hash of their content, so browsers keep them for
 * ever; everything else is asked for anew.
 */
export function consoleRoutes(): Router {
  const routes = Router();
  routes.use(
    '/assets',
    express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  );
  routes.use(express.static(folder, { cacheControl: false, index: false, setHeaders: revalidate }));
  routes.get(consolePages, (_request, response, next) => {
    revalidate(response);
    response.sendFile(join(folder, 'index.html'), { cacheControl: false }, (fault?: Error) => {
      if (!fault || response.headersSent) return;
      next(new HttpError('NOT_FOUND', 'The console is not built: `npm run build` does that.'));
    });
  });
  return routes;
}

/** Browsers keep it, and ask each time whether it is still so. */
function revalidate(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('Cache-Control', 'no-cache');
}
