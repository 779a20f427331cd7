import assert from 'node:assert/strict';
import type { Explanation } from '../../src/domain/rules/explanation.js';
import { keptExplanation } from '../../src/domain/rules/kept-explanation.js';
import type { Truth } from '../../src/domain/rules/truth.js';

const clause = (truth: Truth): Explanation => ({
  kind: 'clause',
  text: 'Modality is CR',
  predicate: 'is CR',
  truth,
  read: { name: 'Modality', state: 'present', values: ['CR'], withheld: false },
});
const rule = (name: string, truth: Truth, clauses: number): Explanation => ({
  kind: 'rule',
  text: `rule '${name}'`,
  truth,
  parts: Array.from({ length: clauses }, () => clause(truth)),
});
const firstOf = (...parts: Explanation[]): Explanation => ({
  kind: 'any',
  text: 'first match of',
  truth: 'true',
  parts,
});
const clausesIn = (explanation: Explanation): readonly number[] =>
  explanation.kind === 'clause' ? [] : explanation.parts.map((part) => partsOf(part));
const partsOf = (part: Explanation) => (part.kind === 'clause' ? 0 : part.parts.length);

describe('an explanation that is kept', () => {
  it('is whole where it is of the usual size', () => {
    const whole = firstOf(rule('a', 'false', 20), rule('b', 'true', 20));
    assert.deepEqual(keptExplanation(whole), { explanation: whole, shortened: false });
  });

  it('loses the clauses of rules that did not hold first, and those that were unknown next', () => {
    const long = keptExplanation(
      firstOf(rule('a', 'false', 90), rule('b', 'unknown', 20), rule('c', 'true', 20)),
    );
    assert.equal(long.shortened, true);
    assert.deepEqual(clausesIn(long.explanation), [0, 20, 20]);
    const longer = keptExplanation(
      firstOf(rule('a', 'false', 9), rule('b', 'unknown', 90), rule('c', 'true', 20)),
    );
    assert.deepEqual(clausesIn(longer.explanation), [0, 0, 20]);
  });

  it('keeps what decided, and at last its name alone', () => {
    const others = Array.from({ length: 499 }, (_, n) => rule(`n${n}`, 'false', 3));
    const decided = keptExplanation(firstOf(...others, rule('last', 'true', 30)));
    assert.deepEqual(clausesIn(decided.explanation), [30]);
    const { explanation } = keptExplanation(firstOf(...others, rule('last', 'true', 5000)));
    assert.deepEqual(explanation, firstOf(rule('last', 'true', 0)));
    const bare = keptExplanation(rule('alone', 'true', 5000));
    assert.ok(JSON.stringify(bare.explanation).length < 16_000);
  });
});
