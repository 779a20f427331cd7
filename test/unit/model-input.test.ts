import assert from 'node:assert/strict';
import { areaMean } from '../../src/imaging/area-mean.js';
import { lightnessOfLuminance, linearOfSrgb } from '../../src/imaging/lab.js';
import { modelInput, rankEqualised } from '../../src/imaging/model-input.js';

describe('area mean', () => {
  it('averages whole boxes', () => {
    const image = { Rows: 2, Columns: 4, grey: Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70) };
    assert.deepEqual([...areaMean(image, 1, 2)], [25, 45]);
  });

  it('gives boxes that cut a pixel their share of it', () => {
    // Three columns into two: (1·0 + ½·90) / 1.5 and (½·90 + 1·30) / 1.5.
    const image = { Rows: 1, Columns: 3, grey: Uint8Array.of(0, 90, 30) };
    assert.deepEqual([...areaMean(image, 1, 2)], [30, 50]);
  });

  it('repeats pixels when the target is larger', () => {
    const image = { Rows: 1, Columns: 2, grey: Uint8Array.of(7, 200) };
    assert.deepEqual([...areaMean(image, 1, 4)], [7, 7, 200, 200]);
  });

  it('keeps the mean grey of a large picture', () => {
    const grey = Uint8Array.from({ length: 997 * 1013 }, (_, pixel) => (pixel * 7919) % 256);
    const small = areaMean({ Rows: 997, Columns: 1013, grey }, 256, 256);
    const mean = (values: Iterable<number>) => {
      const all = [...values];
      return all.reduce((sum, value) => sum + value, 0) / all.length;
    };
    assert.ok(Math.abs(mean(small) - mean(grey)) < 1e-3);
  });
});

describe('rank equalisation', () => {
  it('gives equal greys their mean rank', () => {
    // Ranks of two darks, one mid, one bright out of four: (2/2)/4, (2 + 1/2)/4, (3 + 1/2)/4, on [-1, 1].
    assert.deepEqual([...rankEqualised(Float32Array.of(5, 5, 90, 255))], [-0.5, -0.5, 0.25, 0.75]);
  });

  it('ignores any monotone change of the greys', () => {
    const picture = Float32Array.from({ length: 4096 }, (_, pixel) => (pixel * 31) % 200);
    const stretched = picture.map((grey) => 255 * Math.sqrt(grey / 255));
    const ranks = rankEqualised(stretched);
    const difference = rankEqualised(picture).map((rank, pixel) => Math.abs(rank - ranks[pixel]!));
    assert.ok(Math.max(...difference) < 0.01);
  });
});

describe('lightness input', () => {
  it('maps black, mid grey and white to L*/50 - 1', () => {
    const [black, mid, white] = modelInput(Float32Array.of(0, 119, 255), 'lightness');
    assert.ok(Math.abs(black! + 1) < 1e-6);
    assert.ok(Math.abs(mid! - (50.03 / 50 - 1)) < 1e-3);
    assert.ok(Math.abs(white! - 1) < 1e-5);
  });

  it('is the formula for every grey, not only for those of its table', () => {
    const greys = Float32Array.from({ length: 100_001 }, (_, step) => (255 * step) / 100_000);
    const found = modelInput(greys, 'lightness');
    const off = found.map((value, at) => {
      const expected = lightnessOfLuminance(linearOfSrgb(greys[at]! / 255)) / 50 - 1;
      return Math.abs(value - expected);
    });
    assert.ok(Math.max(...off.subarray(0, 50_000), ...off.subarray(50_000)) < 1e-6);
  });

  it('is written where its picture stands in a batch', () => {
    const batch = new Float32Array(4);
    modelInput(Float32Array.of(0, 255), 'lightness', batch.subarray(2));
    assert.deepEqual([...batch.map(Math.round)], [0, 0, -1, 1]);
    modelInput(Float32Array.of(9, 3), 'rank-equalised', batch.subarray(0, 2));
    assert.deepEqual([...batch.subarray(0, 2)], [0.5, -0.5]);
  });
});
