import assert from 'node:assert/strict';
import { colourOfGrey } from '../../src/imaging/exact-luminance.js';
import { lightnessOfGrey } from '../../src/imaging/lab.js';
import { levels, palettes, paletteTable } from '../../src/imaging/palette.js';
import type { PaletteName } from '../../src/domain/job.js';
import { deltaE00, worstDifference } from '../support/colour-vision.js';

/**
 * L*, a*, b* twice, then ΔE00.
 * @see Sharma, Wu, Dalal: The CIEDE2000 color-difference formula, Color Res. Appl. 30(1), 2005, table 1
 */
const published = `
  50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
  50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
  50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
  50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
  50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
  50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
  50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
  50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
  50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
  50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
  50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
  50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
  50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
  50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
  50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
  50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
  50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
  50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
  50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
  50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
  50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
  50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
  50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
  50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
  60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
  63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
  61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
  35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
  22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
  36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
  90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
  90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
  6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
  2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082`;

const lab = (l: number, a: number, b: number) => ({ mode: 'lab65', l, a, b }) as const;
const names = Object.keys(palettes) as PaletteName[];
const rgbOf = (colour: number) => [colour >> 16, (colour >> 8) & 255, colour & 255];

describe('the ΔE00 of these tests', () => {
  it('is that of all 34 pairs of Sharma, Wu and Dalal', () => {
    const pairs = published
      .trim()
      .split('\n')
      .map((line) => line.trim().split(' ').map(Number));
    assert.equal(pairs.length, 34);
    for (const [l = 0, a = 0, b = 0, l2 = 0, a2 = 0, b2 = 0, expected = 0] of pairs) {
      const found = deltaE00(lab(l, a, b), lab(l2, a2, b2));
      assert.equal(found.toFixed(4), expected.toFixed(4));
    }
  });
});

describe('palettes seen with protanopia, deuteranopia and tritanopia', () => {
  /** The least ΔE00 from its grey at C* 30, over the deficiencies and L* 30 to 70. */
  function worstAtChroma30(hue: number): number {
    const differences = Array.from(lightnessOfGrey, (L, grey) => ({ L, grey }))
      .filter(({ L }) => L >= 30 && L <= 70)
      .map(({ grey }) =>
        worstDifference(rgbOf(colourOfGrey(grey, (hue * Math.PI) / 180, 30)), [grey, grey, grey]),
      );
    return Math.min(...differences);
  }

  // Unrounded colours at L* 50 give 16.9, 17.6 and 13.0; 8 bits cost the rest.
  const least = { amber: 16.4, blue: 16.9, magenta: 12.6 } as const;
  for (const name of names) {
    it(`${name} keeps a ΔE00 of ${least[name]} to its grey at C* 30`, () => {
      const worst = worstAtChroma30(palettes[name].hue);
      assert.ok(worst >= least[name], `${worst}`);
    });
  }

  it('stand out more than purple would', () => {
    const purple = worstAtChroma30(300);
    assert.ok(purple < 7, `${purple}`);
    assert.ok(names.every((name) => worstAtChroma30(palettes[name].hue) > 1.8 * purple));
  });

  it('show full evidence well above what is just noticed, on every grey that reaches it', () => {
    for (const name of names) {
      const table = paletteTable(name, 1);
      for (let grey = 0; grey < 256; grey++) {
        const L = lightnessOfGrey[grey]!;
        if (L < 20 || L > 85) continue;
        const at = 3 * (256 * (levels - 1) + grey);
        const worst = worstDifference([...table.subarray(at, at + 3)], [grey, grey, grey]);
        assert.ok(worst >= 10.5, `${name} at grey ${grey}: ${worst}`);
      }
    }
  });
});
