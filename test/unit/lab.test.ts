import assert from 'node:assert/strict';
import { labOfRgb, lightnessOfGrey, linearRgbOfLab, srgbOfLinear } from '../../src/imaging/lab.js';

describe('CIE L*a*b* of sRGB', () => {
  // Published D65 values of the sRGB primaries (IEC 61966-2-1 primaries, CIE 15), to two decimals.
  const published = [
    { rgb: [255, 0, 0], lab: [53.24, 80.09, 67.2] },
    { rgb: [0, 255, 0], lab: [87.73, -86.18, 83.18] },
    { rgb: [0, 0, 255], lab: [32.3, 79.19, -107.86] },
    { rgb: [255, 255, 255], lab: [100, 0, 0] },
    { rgb: [119, 119, 119], lab: [50.03, 0, 0] },
  ] as const;

  for (const { rgb, lab } of published) {
    it(`gives L*a*b* ${lab.join(' ')} for RGB ${rgb.join(' ')}`, () => {
      const { L, a, b } = labOfRgb(rgb[0], rgb[1], rgb[2]);
      assert.ok(Math.abs(L - lab[0]) < 0.02, `L* ${L}`);
      assert.ok(Math.abs(a - lab[1]) < 0.02, `a* ${a}`);
      assert.ok(Math.abs(b - lab[2]) < 0.02, `b* ${b}`);
    });
  }

  it('returns to the same code from L*a*b*', () => {
    for (const rgb of [
      [12, 200, 90],
      [255, 0, 128],
      [3, 3, 3],
    ] as const) {
      const back = linearRgbOfLab(labOfRgb(rgb[0], rgb[1], rgb[2])).map((linear) =>
        Math.round(255 * srgbOfLinear(linear)),
      );
      assert.deepEqual(back, [...rgb]);
    }
  });

  it('rises strictly with grey from 0 to 100', () => {
    assert.equal(lightnessOfGrey[0], 0);
    assert.ok(Math.abs((lightnessOfGrey[255] ?? 0) - 100) < 1e-4);
    lightnessOfGrey.reduce((before, now) => {
      assert.ok(now > before);
      return now;
    }, -1);
  });
});
