import assert from 'node:assert/strict';
import { goldenFault } from '../../src/models/golden.js';
import type { Manifest } from '../../src/models/manifest.js';

describe('the golden picture', () => {
  const answer = (value: number) => ({ lung: Float32Array.of(value, value) });
  const manifest = (toleranceOnGpu?: number) =>
    ({
      golden: {
        tolerance: 0.005,
        ...(toleranceOnGpu !== undefined && { toleranceOnGpu }),
        outputs: { lung: [0.5, 0.5, 0.5] },
      },
    }) as unknown as Manifest;

  it('is answered within a share of the largest value', () => {
    assert.equal(goldenFault(manifest(), answer(0.502), 'cpu'), undefined);
    assert.match(goldenFault(manifest(), answer(0.503), 'cpu') ?? '', /'lung' is off by 0\.003/);
    assert.match(goldenFault(manifest(), answer(NaN), 'cpu') ?? '', /off by NaN/);
  });

  it('has a tolerance of its own on a GPU, where the manifest names one', () => {
    assert.equal(goldenFault(manifest(0.05), answer(0.52), 'cuda'), undefined);
    assert.match(goldenFault(manifest(0.05), answer(0.53), 'cuda') ?? '', /off by 0\.03/);
    assert.match(goldenFault(manifest(0.05), answer(0.52), 'cpu') ?? '', /off by 0\.02/);
    assert.match(goldenFault(manifest(), answer(0.52), 'cuda') ?? '', /off by 0\.02/);
  });
});
