import { lightnessOfLuminance, linearOfSrgb } from './lab.js';

/** How a displayed picture becomes a network's input; named in every model's manifest. */
export type Preprocessing = 'rank-equalised' | 'lightness';

/**
 * The `luminance` tensor of a network, row-major, in [-1, 1].
 * @param thumbnail area mean of the displayed grey at the model's input size, 0..255
 */
export function modelInput(thumbnail: Float32Array, preprocessing: Preprocessing): Float32Array {
  switch (preprocessing) {
    case 'rank-equalised':
      return rankEqualised(thumbnail);
    case 'lightness':
      return thumbnail.map((grey) => lightnessOfLuminance(linearOfSrgb(grey / 255)) / 50 - 1);
    default:
      return preprocessing satisfies never;
  }
}

const bins = 1024;

/**
 * Ranks of the greys over the picture: any window, gamma or other monotone change gives the same input.
 * Equal greys (of 1024 bins) share their mean rank; 0 is the median, ±1 the ends.
 */
export function rankEqualised(thumbnail: Float32Array): Float32Array {
  // Plain loops: `from` with a function takes thirteen times as long.
  const bin = new Uint16Array(thumbnail.length);
  const histogram = new Float64Array(bins);
  for (let at = 0; at < thumbnail.length; at++) {
    const index = roundHalfToEven((thumbnail[at]! / 255) * (bins - 1));
    bin[at] = index;
    histogram[index] = histogram[index]! + 1;
  }
  const rank = new Float32Array(bins);
  let below = 0;
  for (let index = 0; index < bins; index++) {
    const count = histogram[index]!;
    rank[index] = (2 * (below + count / 2)) / thumbnail.length - 1;
    below += count;
  }
  const ranks = new Float32Array(thumbnail.length);
  for (let at = 0; at < ranks.length; at++) ranks[at] = rank[bin[at]!]!;
  return ranks;
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
