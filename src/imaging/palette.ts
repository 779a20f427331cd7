import type { PaletteName } from '../domain/job.js';
import { colourOfGrey } from './exact-luminance.js';

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
 * @param strength share of full chroma, (0, 1]
 * @returns levels × 256 greys × RGB
 */
export function paletteTable(name: PaletteName, strength: number): PaletteTable {
  const table = new Uint8Array(levels * 256 * 3);
  const hue = (palettes[name].hue * Math.PI) / 180;
  for (let level = 0; level < levels; level++) {
    const chroma = (fullChroma * strength * level) / (levels - 1);
    for (let grey = 0; grey < 256; grey++) {
      const rgb = colourOfGrey(grey, hue, chroma);
      const at = 3 * (256 * level + grey);
      table[at] = rgb >> 16;
      table[at + 1] = (rgb >> 8) & 255;
      table[at + 2] = rgb & 255;
    }
  }
  return table;
}
