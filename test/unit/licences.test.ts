import assert from 'node:assert/strict';
import { read } from '../support/documents.js';

/** Licences that ask for nothing but that they are passed on with their package. */
const plain = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '(MIT OR CC0-1.0)',
]);

describe('licences', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { license?: string; dev?: boolean; devOptional?: boolean }>;
  };
  const production = Object.entries(packages).flatMap(([path, { license, dev, devOptional }]) => {
    const name = path.split('node_modules/').at(-1) ?? '';
    return name === '' || dev === true || devOptional === true ? [] : [{ name, license }];
  });
  const notice = read('NOTICE');

  it('name in NOTICE every production package that asks for more than its licence text', () => {
    assert.ok(production.length > 50);
    for (const { name, license } of production) {
      if (license !== undefined && plain.has(license)) continue;
      const family = name.replace(/^(@img\/sharp(-libvips|-win32)?)-.*/, '$1');
      assert.ok(notice.includes(family), `${name}: ${license ?? 'no licence stated'}`);
    }
  });

  it('are Apache 2.0 for the code', () => {
    const { license } = JSON.parse(read('package.json')) as { license: string };
    assert.equal(license, 'Apache-2.0');
    assert.match(read('LICENSE'), /Apache License\s+Version 2\.0, January 2004/);
  });
});
