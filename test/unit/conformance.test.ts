import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import dcmjs from 'dcmjs';
import { observedRows } from '../support/conformance-scenarios.js';

describe('the conformance statement', () => {
  const statement = readFileSync(resolve('docs/conformance.md'), 'utf8');
  const { nameMap } = dcmjs.data.DicomMetaDictionary;

  it('lists every attribute that is written, with VR and presence, and no other', () => {
    const written = observedRows().map(({ path, vr, presence }) => {
      const tag = path.at(-1) ?? '';
      return `${'>'.repeat(path.length - 1)}(${tag.slice(0, 4)},${tag.slice(4)}) ${vr} ${presence}`;
    });
    const listed = attributeRows(statement).map(
      ({ depth, tag, vr, presence }) => `${'>'.repeat(depth)}${tag} ${vr} ${presence}`,
    );
    assert.deepEqual(listed, written);
  });

  it('calls every attribute by its keyword', () => {
    for (const { keyword, tag } of attributeRows(statement)) {
      assert.equal(nameMap[keyword]?.tag, tag);
    }
  });

  it('names a source for every attribute', () => {
    for (const { keyword, source } of attributeRows(statement)) {
      assert.match(source, /^(ARCHIVE|SOURCE|AUTO|CONFIG)$/, keyword);
    }
  });

  it('states the identifiers that files carry', () => {
    const encoder = readFileSync(resolve('src/dicom/part10.ts'), 'utf8');
    const uid = /ImplementationClassUID = '([0-9.]+)'/.exec(encoder)?.[1];
    assert.ok(uid !== undefined && statement.includes(uid));
  });
});

function attributeRows(statement: string) {
  const row =
    /^\| (>*)(\w+) +\| (\([0-9A-F]{4},[0-9A-F]{4}\)) \| +?([A-Z]{2}) +\| (\w+) +\| (\w+) +\|/gm;
  return [...statement.matchAll(row)].map(
    ([, marks = '', keyword = '', tag = '', vr = '', presence = '', source = '']) => ({
      depth: marks.length,
      keyword,
      tag,
      vr,
      presence,
      source,
    }),
  );
}
