import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The console: from `src/console/` into `dist/console/`, which the service hands out. */
export default defineConfig({
  root: fileURLToPath(new URL('src/console/', import.meta.url)),
  base: '/',
  build: {
    outDir: fileURLToPath(new URL('dist/console/', import.meta.url)),
    emptyOutDir: true,
    // Nothing as data: the policy of the page lets pictures come from files of the service alone.
    assetsInlineLimit: 0,
    // What the bundle is made of is passed on with its terms.
    license: { fileName: 'licences.md' },
    target: 'es2023',
    modulePreload: { polyfill: false },
  },
});
