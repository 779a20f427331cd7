import assert from 'node:assert/strict';
import { compilePattern } from '../../src/domain/rules/pattern.js';

function search(pattern: string, text: string): boolean | undefined {
  const compiled = compilePattern(pattern);
  assert('search' in compiled, `${pattern} was refused`);
  return compiled.search(text);
}

describe('rule patterns', () => {
  it('find their text anywhere, whatever the case', () => {
    assert.equal(search('chest|thorax|cxr', 'XR CHEST 2 VIEWS'), true);
    assert.equal(search('^(pa|ap)$', 'PA'), true);
    assert.equal(search('\\b(lat|lateral)\\b', 'bilateral'), false);
  });

  for (const pattern of ['(a+)+$', '(a|aa)+$', '(.*a){20}$', '([a-z]+)*[0-9]{80}$']) {
    it(`end in bounded time with ${pattern}`, () => {
      const text = `${'a'.repeat(10_239)}!`;
      const before = process.cpuUsage();
      assert.equal(search(pattern, text), false);
      // CPU time, so that a busy machine does not count.
      assert(process.cpuUsage(before).user < 2_000_000);
    });
  }

  for (const pattern of [
    '(a)\\1',
    '(?=a)',
    '(?<=a)b',
    '[',
    'a{1001}',
    '((a{50}){50}){50}',
    'a'.repeat(257),
    '(a{300}b{300}){1}c',
  ]) {
    it(`refuse ${pattern.slice(0, 20)}`, () => {
      assert('refused' in compilePattern(pattern));
    });
  }

  it('do not guess about a text that is longer than they search', () => {
    assert.equal(search('a', 'a'.repeat(10_241)), undefined);
  });
});
