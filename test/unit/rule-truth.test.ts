import assert from 'node:assert/strict';
import { all, any, not, type Truth } from '../../src/domain/rules/truth.js';

const truths: readonly Truth[] = ['true', 'false', 'unknown'];
const pairs = truths.flatMap((a) => truths.map((b) => [a, b] as const));
const triples = pairs.flatMap(([a, b]) => truths.map((c) => [a, b, c] as const));

/** Kleene, Introduction to Metamathematics (1952), section 64: strong tables for and, or. */
const strongTables: readonly (readonly [Truth, Truth, Truth, Truth])[] = [
  ['true', 'true', 'true', 'true'],
  ['true', 'false', 'false', 'true'],
  ['true', 'unknown', 'unknown', 'true'],
  ['false', 'true', 'false', 'true'],
  ['false', 'false', 'false', 'false'],
  ['false', 'unknown', 'false', 'unknown'],
  ['unknown', 'true', 'unknown', 'true'],
  ['unknown', 'false', 'false', 'unknown'],
  ['unknown', 'unknown', 'unknown', 'unknown'],
];

/** What an unknown may turn out to be. */
const outcomes = (truth: Truth): readonly Truth[] =>
  truth === 'unknown' ? ['true', 'false'] : [truth];

describe('three-valued logic', () => {
  it("follows Kleene's strong tables", () => {
    for (const [a, b, and, or] of strongTables) {
      assert.equal(all([a, b]), and, `${a} and ${b}`);
      assert.equal(any([a, b]), or, `${a} or ${b}`);
    }
  });

  it('negates twice to itself and keeps unknown unknown', () => {
    for (const truth of truths) assert.equal(not(not(truth)), truth);
    assert.equal(not('unknown'), 'unknown');
  });

  it("obeys De Morgan's laws, whatever the order and the grouping", () => {
    for (const [a, b, c] of triples) {
      assert.equal(not(all([a, b, c])), any([not(a), not(b), not(c)]));
      assert.equal(all([a, b, c]), all([c, b, a]));
      assert.equal(all([a, all([b, c])]), all([a, b, c]));
      assert.equal(any([a, any([b, c])]), any([a, b, c]));
      assert.equal(all([a, any([b, c])]), any([all([a, b]), all([a, c])]));
    }
  });

  it('is never contradicted by what the unknown turns out to be', () => {
    for (const [a, b] of pairs) {
      for (const combine of [all, any]) {
        const said = combine([a, b]);
        if (said === 'unknown') continue;
        for (const x of outcomes(a))
          for (const y of outcomes(b)) assert.equal(combine([x, y]), said);
      }
    }
  });

  it('holds for all of none and for none of any', () => {
    assert.equal(all([]), 'true');
    assert.equal(any([]), 'false');
  });
});
