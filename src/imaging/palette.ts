import type { DisplayProfile, PaletteName } from '../domain/job.js';
import { type DisplayCurve, displayCurves } from './display-curve.js';
import { colourOfGrey } from './exact-luminance.js';
import { labOfRgb } from './lab.js';

interface Palette {
  /** CIE Lab hue angle in degrees. */
  readonly hue: number;
  readonly meaning: string;
}

/**
 * One hue each, strength only: never red or green, which fade in colour-vision deficiency.
 * Magenta was rated the most visible by readers; amber is the colour-vision-safe choice.
 */
export const palettes: Readonly<Record<PaletteName, Palette>> = {
  magenta: { hue: 320, meaning: 'the most visible' },
  amber: { hue: 70, meaning: 'safe for colour-vision deficiency' },
  blue: { hue: 270, meaning: 'safe for colour-vision deficiency, cooler' },
};

/** C* of full evidence: reachable in magenta over L* 4 to 89, so chroma carries evidence and not luminance. */
export const fullChroma = 25;

/** Steps of evidence, 0 included; one step is a tenth of a unit of C*, far below what can be seen. */
export const levels = 256;

/** RGB of every (level, grey): three bytes each, level-major. Level 0 is R = G = B = grey. */
export type PaletteTable = Uint8Array;

/**
 * More evidence never shows less chroma: where the codes within reach would give less than the level before,
 * its colour is kept.
 * @param strength share of full chroma, (0, 1]
 * @param display where luminance is kept
 * @returns levels × 256 greys × RGB
 */
export function paletteTable(
  name: PaletteName,
  strength: number,
  display: DisplayProfile = 'srgb',
): PaletteTable {
  const curve = displayCurves[display];
  const table = new Uint8Array(levels * 256 * 3);
  const hue = (palettes[name].hue * Math.PI) / 180;
  for (let grey = 0; grey < 256; grey++) {
    let [shown, shownChroma] = [0, -1];
    for (let level = 0; level < levels; level++) {
      const wanted = (fullChroma * strength * level) / (levels - 1);
      const rgb = colourOfGrey(grey, hue, wanted, curve);
      const chroma = chromaOf(rgb, curve);
      if (chroma >= shownChroma) [shown, shownChroma] = [rgb, chroma];
      const at = 3 * (256 * level + grey);
      table[at] = shown >> 16;
      table[at + 1] = (shown >> 8) & 255;
      table[at + 2] = shown & 255;
    }
  }
  return table;
}

function chromaOf(rgb: number, { linearOfCode }: DisplayCurve): number {
  const { a, b } = labOfRgb(rgb >> 16, (rgb >> 8) & 255, rgb & 255, linearOfCode);
  return Math.hypot(a, b);
}
