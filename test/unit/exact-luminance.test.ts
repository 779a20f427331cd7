import assert from 'node:assert/strict';
import type { DisplayProfile, PaletteName } from '../../src/domain/job.js';
import { displayCurves } from '../../src/imaging/display-curve.js';
import { labOfRgb } from '../../src/imaging/lab.js';
import { fullChroma, levels, palettes, paletteTable } from '../../src/imaging/palette.js';

/** Every entry of a palette's table as its grey, level and colour. */
function* entries(table: Uint8Array, linearOfCode = displayCurves.srgb.linearOfCode) {
  for (let level = 0; level < levels; level++) {
    for (let grey = 0; grey < 256; grey++) {
      const at = 3 * (256 * level + grey);
      const rgb = [table[at]!, table[at + 1]!, table[at + 2]!] as const;
      yield { level, grey, rgb, lab: labOfRgb(...rgb, linearOfCode) };
    }
  }
}

/** The grey whose L* is nearest, looked for around a first guess. */
function greyOf(L: number, lightnessOfGrey: Float64Array, guess: number): number {
  let nearest = guess;
  for (let grey = Math.max(0, guess - 3); grey <= Math.min(255, guess + 3); grey++) {
    if (Math.abs(lightnessOfGrey[grey]! - L) < Math.abs(lightnessOfGrey[nearest]! - L)) {
      nearest = grey;
    }
  }
  return nearest;
}

const everyTable = (Object.keys(palettes) as PaletteName[]).flatMap((name) =>
  (Object.keys(displayCurves) as DisplayProfile[]).map((display) => ({ name, display })),
);

for (const { name, display } of everyTable) {
  describe(`the ${name} palette for ${display} over 256 greys and 256 levels`, () => {
    const { lightnessOfGrey: greys, linearOfCode } = displayCurves[display];
    const all = [...entries(paletteTable(name, 1, display), linearOfCode)];

    it('moves L* by no more than 0.05', () => {
      const worst = Math.max(...all.map(({ grey, lab }) => Math.abs(lab.L - greys[grey]!)));
      assert.ok(worst <= 0.05, `max |ΔL*| ${worst}`);
    });

    it('loses no grey code on the way back', () => {
      const lost = all.filter(({ grey, lab }) => greyOf(lab.L, greys, grey) !== grey);
      assert.equal(lost.length, 0);
    });

    it('is the grey itself at level 0', () => {
      const coloured = all.filter(
        ({ level, grey, rgb }) => level === 0 && rgb.some((component) => component !== grey),
      );
      assert.equal(coloured.length, 0);
    });

    it('shows no less chroma for more evidence, on any grey', () => {
      const shown = new Float64Array(256);
      for (const { grey, lab } of all) {
        const chroma = Math.hypot(lab.a, lab.b);
        assert.ok(chroma >= shown[grey]! - 1e-9, `grey ${grey}: ${chroma} after ${shown[grey]}`);
        shown[grey] = chroma;
      }
    });

    it('never shows more chroma than was asked for, within quantisation', () => {
      const excess = Math.max(
        ...all.map(
          ({ level, lab }) => Math.hypot(lab.a, lab.b) - (fullChroma * level) / (levels - 1),
        ),
      );
      assert.ok(excess < 2, `excess ${excess}`);
    });
  });
}

describe('the magenta palette', () => {
  it('shows its full chroma in its own hue over L* 10 to 85', () => {
    const full = [...entries(paletteTable('magenta', 1))].filter(
      ({ level, lab }) => level === levels - 1 && lab.L >= 10 && lab.L <= 85,
    );
    for (const { lab, grey } of full) {
      const hue = ((Math.atan2(lab.b, lab.a) * 180) / Math.PI + 360) % 360;
      assert.ok(Math.abs(hue - palettes.magenta.hue) < 5, `hue ${hue} at grey ${grey}`);
      assert.ok(Math.abs(Math.hypot(lab.a, lab.b) - fullChroma) < 1.5);
    }
  });
});
