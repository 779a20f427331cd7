import assert from 'node:assert/strict';
import type { PaletteName } from '../../src/domain/job.js';
import {
  gsdfLuminance,
  gsdfRange,
  jndIndexOfLuminance,
  luminanceOfJndIndex,
} from '../../src/domain/gsdf.js';
import { luminanceWeights } from '../../src/imaging/lab.js';
import { levels, palettes, paletteTable } from '../../src/imaging/palette.js';
import { dcmtkGsdf } from '../support/toolkits.js';

/** How far every entry of a table is from its grey on such a display, in JND: the greatest and the mean. */
function drift(table: Uint8Array, light: Float64Array) {
  let [worst, sum] = [0, 0];
  for (let level = 0; level < levels; level++) {
    for (let grey = 0; grey < 256; grey++) {
      const at = 3 * (256 * level + grey);
      const luminance = luminanceWeights.reduce(
        (total, weight, channel) => total + weight * light[table[at + channel]!]!,
        0,
      );
      const moved = Math.abs(jndIndexOfLuminance(luminance) - jndIndexOfLuminance(light[grey]!));
      worst = Math.max(worst, moved);
      sum += moved;
    }
  }
  return { worst, mean: sum / (levels * 256) };
}

describe('the Grayscale Standard Display Function', () => {
  it('is that of PS3.14, as DCMTK computes it', () => {
    const expected = dcmtkGsdf(gsdfRange.blackCdM2, gsdfRange.whiteCdM2);
    gsdfLuminance.forEach((luminance, code) => {
      const error = Math.abs(luminance - expected[code]!) / expected[code]!;
      assert.ok(error < 2e-3, `code ${code}: ${luminance}, DCMTK ${expected[code]}`);
    });
  });

  it('spans what the table of PS3.14 B-1 spans', () => {
    assert.equal(luminanceOfJndIndex(1).toFixed(4), '0.0500');
    assert.equal(luminanceOfJndIndex(2).toFixed(4), '0.0547');
    assert.ok(Math.abs(luminanceOfJndIndex(1023) - 3993.404) < 0.1);
  });

  it('is undone by its inverse within a twentieth of a JND', () => {
    for (let index = 60; index <= 800; index++) {
      assert.ok(Math.abs(jndIndexOfLuminance(luminanceOfJndIndex(index)) - index) < 0.05);
    }
  });
});

for (const name of Object.keys(palettes) as PaletteName[]) {
  describe(`the ${name} palette on a GSDF-calibrated display`, () => {
    const srgb = paletteTable(name, 1);
    const gsdf = paletteTable(name, 1, 'gsdf');
    const { blackCdM2, whiteCdM2 } = gsdfRange;

    it('stays within a quarter of a JND where it is made for it; the sRGB one drifts by 3 and more', () => {
      const light = dcmtkGsdf(blackCdM2, whiteCdM2);
      const [made, plain] = [drift(gsdf, light), drift(srgb, light)];
      assert.ok(made.worst < 0.3, `worst ${made.worst}`);
      assert.ok(plain.worst > 3 && plain.mean > 4 * made.mean, `${plain.worst}, ${plain.mean}`);
    });

    it('drifts less than the sRGB one on displays of other contrast, too', () => {
      for (const [black, white] of [
        [0.8, 250],
        [1.2, 420],
        [0.5, 500],
      ] as const) {
        const light = dcmtkGsdf(black, white);
        const [made, plain] = [drift(gsdf, light), drift(srgb, light)];
        assert.ok(made.worst < plain.worst, `${black}-${white}: ${made.worst}, ${plain.worst}`);
        assert.ok(made.mean < plain.mean / 2, `${black}-${white}: ${made.mean}, ${plain.mean}`);
      }
    });
  });
}
