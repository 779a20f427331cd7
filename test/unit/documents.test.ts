import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { settingsVariables } from '../support/settings-variables.js';
import { filesBelow, read, root, tableRows } from '../support/documents.js';

const documents = filesBelow('', '.md');

describe('the documents', () => {
  it('hold the error codes and the command line of this code', function () {
    this.timeout(60_000);
    const script = join(root, 'scripts/publish-documents.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });

  it('link to files and headings that exist', () => {
    for (const document of documents) {
      for (const target of linksOf(read(document))) {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? document : normalize(join(dirname(document), path));
        assert.ok(existsSync(join(root, file)), `${document} → ${target}`);
        if (anchor === undefined) continue;
        assert.ok(anchorsOf(read(file)).includes(anchor), `${document} → ${target}`);
      }
    }
  });

  it('name no environment variable that is not read', () => {
    const known = settingsVariables();
    for (const document of documents) {
      for (const [variable] of read(document).matchAll(/(?<![A-Z_])COLOURISER_[A-Z_]+[A-Z]/g)) {
        assert.ok(known.has(variable), `${document}: ${variable}`);
      }
    }
  });
});

describe('docs/operations.md', () => {
  it('explains every skip code, and no other', () => {
    const union = /export type SkipCode =([^;]+);/.exec(read('src/domain/job.ts'))?.[1] ?? '';
    const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);
    const [, chapter = ''] = read('docs/operations.md').split('### Skip codes');
    const [table = ''] = chapter.split('\n### ');
    const explained = tableRows(table).flatMap(([code = '']) => /^`(\w+)`$/.exec(code)?.[1] ?? []);
    assert.deepEqual(explained, codes);
  });
});

describe('docs/README.md', () => {
  const index = linksOf(read('docs/README.md')).map((link) => normalize(join('docs', link)));

  it('lists every document', () => {
    const listed = documents.filter(
      (path) => path.startsWith('docs/') || path.endsWith('/card.md') || path === 'CHANGELOG.md',
    );
    for (const document of listed) {
      if (document !== 'docs/README.md') assert.ok(index.includes(document), document);
    }
  });

  it('gives no number to two decisions', () => {
    const numbers = filesBelow('docs/decisions', '.md').map((path) => basename(path).slice(0, 4));
    assert.equal(new Set(numbers).size, numbers.length, numbers.join(' '));
  });
});

function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** As GitHub makes them. */
function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
