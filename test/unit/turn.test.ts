import assert from 'node:assert/strict';
import { turned } from '../../src/imaging/turn.js';

/** What numpy.rot90 makes of [[1, 2], [3, 4]], turned clockwise. */
const quarters = [
  [1, 2, 3, 4],
  [3, 1, 4, 2],
  [4, 3, 2, 1],
  [2, 4, 1, 3],
];

describe('turning a picture', () => {
  for (const turns of [0, 1, 2, 3] as const) {
    it(`moves every pixel ${turns} quarter turns clockwise`, () => {
      const picture = turned(Float32Array.of(1, 2, 3, 4), 2, 2, turns);
      assert.deepEqual([...picture], quarters[turns]);
    });
  }

  it('keeps every pixel of a square picture of 256', () => {
    const picture = Float32Array.from({ length: 256 * 256 }, (_, index) => index);
    const there = turned(picture, 256, 256, 1);
    assert.notDeepEqual(there, picture);
    assert.deepEqual(turned(there, 256, 256, 3), picture);
  });

  it('takes the nearest pixel where a grid is not square', () => {
    assert.deepEqual([...turned(Float32Array.of(1, 2, 3, 4), 1, 4, 1)], [3, 3, 3, 3]);
    assert.deepEqual([...turned(Float32Array.of(1, 2, 3, 4), 1, 4, 2)], [4, 3, 2, 1]);
  });
});
