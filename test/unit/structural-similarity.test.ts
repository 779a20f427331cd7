import assert from 'node:assert/strict';
import { structuralSimilarity } from '../support/ssim.js';

type Drawing = (row: number, column: number) => number;

const drawn = (value: Drawing) => ({
  rows: 40,
  columns: 60,
  values: Float64Array.from({ length: 40 * 60 }, (_, at) => value(Math.floor(at / 60), at % 60)),
});

/** Pairs with what scikit-image 0.26 says of them: `structural_similarity(x, y, data_range=255)`. */
const pairs: Readonly<Record<string, readonly [Drawing, Drawing, number]>> = {
  'a texture and its mirror image': [
    (row, column) => (row * row * 7 + column * 13 + row * column * 5) % 256,
    (row, column) => (row * row * 7 + (59 - column) * 13 + row * (59 - column) * 5) % 256,
    -0.027048920410860985,
  ],
  'a ramp and a noisy one': [
    (row, column) => row * 3 + column * 2,
    (row, column) => row * 3 + column * 2 + ((row * 31 + column * 17) % 23) - 11,
    0.786088049235854,
  ],
  'a ramp and a brighter one': [
    (row, column) => row * 3 + column * 2,
    (row, column) => row * 3 + column * 2 + 20,
    0.9799900393599741,
  ],
};

describe('structural similarity', () => {
  for (const [name, [one, other, expected]] of Object.entries(pairs)) {
    it(`of ${name} is what scikit-image says`, () => {
      const found = structuralSimilarity(drawn(one), drawn(other));
      assert.ok(Math.abs(found - expected) < 1e-12, `${found}`);
    });
  }

  it('of a picture with itself is 1', () => {
    const plane = drawn((row, column) => (row * 5 + column * 3) % 256);
    assert.ok(Math.abs(structuralSimilarity(plane, plane) - 1) < 1e-12);
  });
});
