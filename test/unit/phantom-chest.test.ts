import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { makeChestPhantom, opacityPlaces } from '../../src/phantom/chest-phantom.js';

const small = { Columns: 250, Rows: 300 };

describe('chest phantom', () => {
  it('makes the same samples from the same seed and others from another', () => {
    const digest = (seed: number) =>
      createHash('sha256')
        .update(makeChestPhantom({ seed, ...small }).samples)
        .digest('hex');
    assert.equal(digest(5), digest(5));
    assert.notEqual(digest(5), digest(6));
  });

  it('stays within 12 bits and uses most of them', () => {
    const { samples } = makeChestPhantom({ seed: 1, ...small });
    const sorted = samples.slice().sort();
    assert.ok((sorted.at(-1) ?? 0) <= 4095);
    assert.ok((sorted[Math.floor(sorted.length * 0.02)] ?? 0) < 600);
    assert.ok((sorted[Math.floor(sorted.length * 0.98)] ?? 0) > 3300);
  });

  it('shows lungs darker than heart, spine and abdomen', () => {
    const { samples } = makeChestPhantom({ seed: 2, ...small });
    const at = (x: number, y: number) => meanAround(samples, x * 250, y * 300);
    const lungs = Math.max(at(0.28, 0.5), at(0.74, 0.42));
    assert.ok(lungs + 500 < at(0.5, 0.55), 'spine');
    assert.ok(lungs + 500 < at(0.58, 0.58), 'heart');
    assert.ok(lungs + 500 < at(0.35, 0.85), 'abdomen');
  });

  it('mirrors every sample for MONOCHROME1 and its window with it', () => {
    const plain = makeChestPhantom({ seed: 3, ...small });
    const inverse = makeChestPhantom({ seed: 3, ...small, photometric: 'MONOCHROME1' });
    assert.ok(inverse.samples.every((value, at) => value === 4095 - (plain.samples[at] ?? 0)));
    assert.equal(inverse.windowCenter - 0.5, 4095 - (plain.windowCenter - 0.5));
    assert.equal(inverse.windowWidth, plain.windowWidth);
  });

  it('adds most density in the box that it names, on the side that it names', () => {
    const clear = makeChestPhantom({ seed: 4, ...small });
    assert.equal(clear.opacityBox, undefined);
    for (const opacity of opacityPlaces) {
      const { samples, opacityBox } = makeChestPhantom({ seed: 4, ...small, opacity });
      assert.ok(opacityBox, opacity);
      const { x, y, width, height } = opacityBox;
      let [inside, outside] = [0, 0];
      samples.forEach((value, at) => {
        const [column, row] = [at % 250, Math.floor(at / 250)];
        const within = column >= x && column < x + width && row >= y && row < y + height;
        const added = Math.max(0, value - (clear.samples[at] ?? 0));
        if (within) inside += added / (width * height);
        else outside += added / (samples.length - width * height);
      });
      assert.ok(inside > 250, `${opacity}: ${inside}`);
      assert.ok(inside > 10 * outside, `${opacity}: ${inside} inside, ${outside} outside`);
      assert.equal(x + width / 2 < 125, opacity.startsWith('right'), opacity);
    }
  });

  it('keeps the anatomy where it is at every size', () => {
    const coarse = makeChestPhantom({ seed: 7, ...small, opacity: 'left-lower' }).opacityBox;
    const fine = makeChestPhantom({ seed: 7, Columns: 500, Rows: 600, opacity: 'left-lower' });
    assert.ok(coarse && fine.opacityBox);
    assert.ok(Math.abs(fine.opacityBox.x / 2 - coarse.x) <= 3);
    assert.ok(Math.abs(fine.opacityBox.height / 2 - coarse.height) <= 5);
  });
});

function meanAround(samples: Uint16Array, x: number, y: number): number {
  let sum = 0;
  for (let dy = -3; dy <= 3; dy++) {
    for (let dx = -3; dx <= 3; dx++) {
      sum += samples[(Math.round(y) + dy) * 250 + Math.round(x) + dx] ?? 0;
    }
  }
  return sum / 49;
}
