import assert from 'node:assert/strict';
import dcmjs from 'dcmjs';
import { Tag } from '../../src/domain/tags.js';

describe('tags', () => {
  const { nameMap } = dcmjs.data.DicomMetaDictionary;

  for (const [keyword, tag] of Object.entries(Tag)) {
    it(`${keyword} is (${tag.slice(0, 4)},${tag.slice(4)})`, () => {
      assert.equal(nameMap[keyword]?.tag, `(${tag.slice(0, 4)},${tag.slice(4)})`);
    });
  }

  it('no attribute is listed twice', () => {
    assert.equal(new Set(Object.values(Tag)).size, Object.keys(Tag).length);
  });
});
