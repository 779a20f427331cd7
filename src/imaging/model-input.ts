import { lightnessOfLuminance, linearOfSrgb } from './lab.js';

/** How a displayed picture becomes a network's input; named in every model's manifest. */
export type Preprocessing = 'rank-equalised' | 'lightness';

/**
 * The `luminance` tensor of a network, row-major, in [-1, 1].
 * @param thumbnail area mean of the displayed grey at the model's input size, 0..255
 * @param into where it is written, such as the place of the picture in its batch
 */
export function modelInput(
  thumbnail: Float32Array,
  preprocessing: Preprocessing,
  into: Float32Array = new Float32Array(thumbnail.length),
): Float32Array {
  switch (preprocessing) {
    case 'rank-equalised':
      return rankEqualised(thumbnail, into);
    case 'lightness':
      return lightness(thumbnail, into);
    default:
      return preprocessing satisfies never;
  }
}

const bins = 1024;

/**
 * Ranks of the greys over the picture: any window, gamma or other monotone change gives the same input.
 * Equal greys (of 1024 bins) share their mean rank; 0 is the median, ±1 the ends.
 */
export function rankEqualised(
  thumbnail: Float32Array,
  into: Float32Array = new Float32Array(thumbnail.length),
): Float32Array {
  // Plain loops: `from` with a function takes thirteen times as long.
  const bin = new Uint16Array(thumbnail.length);
  const histogram = new Uint32Array(bins);
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
  for (let at = 0; at < thumbnail.length; at++) into[at] = rank[bin[at]!]!;
  return into;
}

/** Of values that are not negative. */
function roundHalfToEven(value: number): number {
  const rounded = (value + 0.5) | 0;
  return rounded - value === 0.5 ? rounded & ~1 : rounded;
}

/** Lightness is read from a table with so many entries a grey: powers and roots for each pixel take thirty times as long. */
const stepsPerGrey = 16;
const lightnessOfStep = Float64Array.from(
  { length: 256 * stepsPerGrey + 1 },
  (_, step) => lightnessOfLuminance(linearOfSrgb(step / stepsPerGrey / 255)) / 50 - 1,
);

/** Between two entries by the straight line, which is nowhere off by as much as 1e-6. */
function lightness(thumbnail: Float32Array, into: Float32Array): Float32Array {
  for (let at = 0; at < thumbnail.length; at++) {
    const place = thumbnail[at]! * stepsPerGrey;
    const step = place | 0;
    const low = lightnessOfStep[step]!;
    into[at] = low + (place - step) * (lightnessOfStep[step + 1]! - low);
  }
  return into;
}
