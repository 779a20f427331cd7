import assert from 'node:assert/strict';
import { parseRules } from '../../src/config/load-rules.js';
import { decide } from '../../src/domain/rules/decide.js';
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

  for (const pattern of ['(a+)+$', '(.*a){20}$', '(.*){100}z']) {
    it(`end in bounded time as 490 times ${pattern} in one decision, on the longest text that is searched`, () => {
      const clauses = Array.from(
        { length: 490 },
        () => `{ StudyDescription: { matches: '${pattern}' } }`,
      );
      const text = `rules: [{ name: a, when: { any: [${clauses.join(', ')}] }, colourise: {} }]`;
      const rules = parseRules(text, 'test');
      const value = `${'a'.repeat(rules.reach - 1)}!`;
      const codeOf = (description: string) => {
        const decision = decide(rules, { '00081030': { vr: 'LO', Value: [description] } });
        return decision.decision === 'skip' ? decision.code : decision.decision;
      };
      const before = process.cpuUsage();
      assert.equal(codeOf(value), 'NO_RULE_MATCHED');
      assert(process.cpuUsage(before).user < 5_000_000);
      assert.equal(codeOf(`${value}!`), 'UNKNOWN');
    });
  }

  it('search 10,240 characters of an attribute where there are few of them', () => {
    const { reach } = parseRules(
      "rules: [{ name: a, when: { StudyDescription: { matches: 'chest|thorax' } }, skip: x }]",
      'test',
    );
    assert.equal(reach, 10_240);
  });

  it('search so many characters of all values of an attribute together', () => {
    const rules = parseRules(
      'rules: [{ name: a, when: { StudyDescription: { matches: b } }, colourise: {} }]',
      'test',
    );
    const outcome = (...values: string[]) => {
      const decision = decide(rules, { '00081030': { vr: 'LO', Value: values } });
      return decision.decision === 'skip' ? decision.code : decision.decision;
    };
    const long = 'a'.repeat(5_120);
    assert.equal(outcome(long, long), 'NO_RULE_MATCHED');
    assert.equal(outcome(long, long, 'a'), 'UNKNOWN');
    assert.equal(outcome('b', long, long), 'colourise');
  });

  it('do not guess about a text that is longer than they search', () => {
    assert.equal(search('a', 'a'.repeat(10_241)), undefined);
  });
});
