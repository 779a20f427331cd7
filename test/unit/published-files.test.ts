import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import * as prettier from 'prettier';
import { parse } from 'yaml';
import { loadSettings } from '../../src/config/load-settings.js';
import { publishedFiles } from '../../src/config/published-files.js';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

function validator(path: string) {
  return new Ajv({ strict: false, validateFormats: false }).compile(
    JSON.parse(read(path)) as object,
  );
}

describe('published configuration files', () => {
  for (const [path, text] of Object.entries(publishedFiles)) {
    it(`${path} is current (node scripts/publish-config.mjs)`, async () => {
      const options = await prettier.resolveConfig(join(root, 'package.json'));
      assert.equal(read(path), await prettier.format(text, { ...options, filepath: path }));
    });
  }

  it('rules schema accepts the default rules and refuses slips', () => {
    const validate = validator('schemas/rules.schema.json');
    assert(validate(parse(read('config/rules.yaml'))), JSON.stringify(validate.errors));
    for (const slip of [
      { rules: [{ name: 'a' }] },
      { rules: [{ name: 'a', skip: 'b', colourise: {} }] },
      { rules: [{ name: 'a', skip: 'b', when: { Modality: { inn: ['CR'] } } }] },
      { rules: [{ name: 'a', colourise: { palette: 'green' } }] },
      { rules: [{ name: 'a', skip: 'b', when: { all: [] } }] },
    ]) {
      assert(!validate(slip), JSON.stringify(slip));
    }
  });

  it('settings schema accepts the example settings, which are the defaults', () => {
    const validate = validator('schemas/settings.schema.json');
    assert(validate(parse(read('config/colouriser.yaml'))), JSON.stringify(validate.errors));
    assert.deepEqual(
      loadSettings(join(root, 'config/colouriser.yaml'), {}),
      loadSettings(undefined, {}),
    );
  });

  it('example settings show the true defaults', () => {
    const shown = read('config/colouriser.yaml').replaceAll(/^ {2}# (\w+: .+)$/gm, '  $1');
    const { data, ...rest } = parse(shown) as Record<string, object>;
    const validate = validator('schemas/settings.schema.json');
    assert(validate({ data, ...rest }), JSON.stringify(validate.errors));
  });
});
