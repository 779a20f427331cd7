// Writes the schemas, the configuration page and the example settings anew. Run it after `npm run build`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { publishedFiles } from '../dist/src/config/published-files.js';

const root = join(import.meta.dirname, '..');
const options = await prettier.resolveConfig(join(root, 'package.json'));
for (const [path, text] of Object.entries(publishedFiles)) {
  writeFileSync(join(root, path), await prettier.format(text, { ...options, filepath: path }));
}
