import assert from 'node:assert/strict';
import type { PaletteName } from '../../src/domain/job.js';
import { labOfRgb, lightnessOfGrey } from '../../src/imaging/lab.js';
import { fullChroma, levels, palettes, paletteTable } from '../../src/imaging/palette.js';

/** Every entry of a palette's table as its grey, level and colour. */
function* entries(table: Uint8Array) {
  for (let level = 0; level < levels; level++) {
    for (let grey = 0; grey < 256; grey++) {
      const at = 3 * (256 * level + grey);
      const rgb = [table[at]!, table[at + 1]!, table[at + 2]!] as const;
      yield { level, grey, rgb, lab: labOfRgb(...rgb) };
    }
  }
}

/** The grey whose L* is nearest. */
function greyOf(L: number): number {
  let nearest = 0;
  lightnessOfGrey.forEach((lightness, grey) => {
    if (Math.abs(lightness - L) < Math.abs((lightnessOfGrey[nearest] ?? 0) - L)) nearest = grey;
  });
  return nearest;
}

for (const name of Object.keys(palettes) as PaletteName[]) {
  describe(`the ${name} palette over 256 greys and 256 levels`, () => {
    const all = [...entries(paletteTable(name, 1))];

    it('moves L* by no more than 0.05', () => {
      const worst = Math.max(
        ...all.map(({ grey, lab }) => Math.abs(lab.L - lightnessOfGrey[grey]!)),
      );
      assert.ok(worst <= 0.05, `max |ΔL*| ${worst}`);
    });

    it('loses no grey code on the way back', () => {
      const lost = all.filter(({ level, grey, lab }) => level % 16 === 0 && greyOf(lab.L) !== grey);
      assert.equal(lost.length, 0);
    });

    it('is the grey itself at level 0', () => {
      const coloured = all.filter(
        ({ level, grey, rgb }) => level === 0 && rgb.some((component) => component !== grey),
      );
      assert.equal(coloured.length, 0);
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
