import assert from 'node:assert/strict';
import { dirname, join, relative } from 'node:path';
import { filesBelow, read, root, tableRows } from '../support/documents.js';

const rows = tableRows(read('docs/architecture.md'));
const sources = [...filesBelow('src', '.ts'), ...filesBelow('src', '.tsx')].sort();

describe('docs/architecture.md', () => {
  const mapped = rows.flatMap(([file = '', ...rest]) => {
    const path = /^`(src\/.+\.tsx?)`$/.exec(file)?.[1];
    return path === undefined || rest.length !== 1 ? [] : [path];
  });

  it('maps every TypeScript file of src/ to its purpose, and no other', () => {
    assert.deepEqual(mapped.toSorted(), sources);
  });

  it('maps no file twice', () => {
    assert.equal(new Set(mapped).size, mapped.length);
  });
});

describe('the layers of docs/architecture.md', () => {
  const layers = new Map(
    rows.flatMap(([folder = '', allowed = '']) => {
      const name = /^`src\/(\w+)\/`$/.exec(folder)?.[1];
      if (name === undefined || allowed === 'everything') return [];
      return [[name, [...allowed.matchAll(/`(\w+)`/g)].map(([, layer]) => layer)] as const];
    }),
  );

  it('name every folder of src/', () => {
    const folders = new Set(sources.map((path) => path.split('/')[1]));
    for (const folder of folders) {
      const isNamed = rows.some(([name]) => name === `\`src/${folder ?? ''}/\``);
      assert.ok(isNamed || folder?.endsWith('.ts'), folder);
    }
  });

  for (const [layer, allowed] of layers) {
    it(`src/${layer}/ imports ${allowed.join(', ') || 'no other'}`, () => {
      for (const file of sources.filter((path) => path.startsWith(`src/${layer}/`))) {
        for (const imported of importedLayers(file)) {
          assert.ok(imported === layer || allowed.includes(imported), `${file} → ${imported}`);
        }
      }
    });
  }
});

/** Folders below src/ that a file imports from; files in src/ itself belong to no layer. */
function importedLayers(file: string): readonly string[] {
  return [...read(file).matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].flatMap(([, path = '']) => {
    const [top, ...below] = relative(join(root, 'src'), join(root, dirname(file), path)).split('/');
    return top === undefined || top === '..' || below.length === 0 ? [] : [top];
  });
}
