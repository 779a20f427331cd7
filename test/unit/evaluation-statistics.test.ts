import assert from 'node:assert/strict';
import { bootstrap } from '../../src/evaluation/bootstrap.js';
import {
  areaUnderCurve,
  calibrationError,
  correlation,
  quantile,
  reliability,
} from '../../src/evaluation/statistics.js';
import { Differences } from '../../src/evaluation/difference.js';

describe('statistics of the evaluation', () => {
  it('counts a tie as half a win', () => {
    // Pairs: (3,1) won, (3,3) tied, (2,1) won, (2,3) lost: 2.5 of 4.
    assert.equal(areaUnderCurve([3, 2], [1, 3]), 2.5 / 4);
    assert.equal(areaUnderCurve([5, 6], [1, 2]), 1);
    assert.ok(Number.isNaN(areaUnderCurve([1], [])));
  });

  it("interpolates quantiles as NumPy's default does", () => {
    // numpy.quantile([1, 2, 4, 8], [.5, .95])
    assert.equal(quantile([8, 1, 4, 2], 0.5), 3);
    assert.ok(Math.abs(quantile([8, 1, 4, 2], 0.95) - 7.4) < 1e-12);
  });

  it('sums the gaps between what was said and what was so', () => {
    // Two bins: said .1, found 0 of 2; said .9, found 1 of 2: (2 · .1 + 2 · .4) / 4.
    const bins = reliability([0.1, 0.1, 0.9, 0.9], [false, false, true, false]);
    assert.equal(bins.length, 15);
    assert.ok(Math.abs(calibrationError(bins) - 0.25) < 1e-12);
    assert.equal(calibrationError(reliability([1, 1, 0], [true, true, false])), 0);
  });

  it('gives no correlation with a constant', () => {
    assert.equal(correlation([1, 2, 3], [4, 4, 4]), 0);
    assert.ok(Math.abs(correlation([1, 2, 3], [2, 4, 6]) - 1) < 1e-12);
    assert.ok(Math.abs(correlation([1, 2, 3], [3, 2, 1]) + 1) < 1e-12);
  });

  it('pools differences over maps', () => {
    const pooled = new Differences();
    pooled.add(Float32Array.of(0, 0, 0, 1), Float32Array.of(0, 0, 0, 0));
    pooled.add(Float32Array.of(3, 0, 0, 0), Float32Array.of(0, 0, 0, 0));
    assert.equal(pooled.mean, 0.5);
    assert.equal(pooled.quantile(0.75), 0);
    assert.equal(pooled.quantile(0.99), 3);
  });
});

describe('the bootstrap', () => {
  const mean = (drawn: readonly { value: number }[]) =>
    drawn.reduce((sum, { value }) => sum + value, 0) / drawn.length;
  const sample = Array.from({ length: 40 }, (_, at) => ({ patient: `p${at}`, value: at % 2 }));

  it('draws patients and not films: many films of two patients tell as little as two', () => {
    const many = sample.map((each, at) => ({ ...each, patient: at % 2 === 0 ? 'a' : 'b' }));
    const { low, high } = bootstrap(many, mean);
    assert.deepEqual([low, high], [0, 1]);
  });

  it('is as wide as theory says, and the same each time', () => {
    const { value, low = NaN, high = NaN } = bootstrap(sample, mean);
    assert.equal(value, 0.5);
    // 1.96 standard errors of a proportion of one half in 40.
    const half = 1.96 * Math.sqrt(0.25 / 40);
    assert.ok(Math.abs(high - 0.5 - half) < 0.05, String(high));
    assert.ok(Math.abs(0.5 - low - half) < 0.05, String(low));
    assert.deepEqual(bootstrap(sample, mean), bootstrap(sample, mean));
  });

  it('has no interval for one patient, nor for nothing', () => {
    assert.deepEqual(bootstrap(sample.slice(0, 1), mean), { value: 0, films: 1 });
    assert.ok(Number.isNaN(bootstrap([], mean).value));
  });
});
