import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Version of this software, as in package.json. */
export const softwareVersion = (require('../../package.json') as { version: string }).version;
