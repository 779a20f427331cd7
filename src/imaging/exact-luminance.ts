import { type DisplayCurve, displayCurves } from './display-curve.js';
import { type Lab, linearRgbOfLab } from './lab.js';

/** Share of the gamut's chroma that is used: its very edge quantises badly. */
const gamutShare = 0.98;

/** Reach of the search in 8-bit codes: as far as a component can move without its hue being seen to turn. */
const nearReach = { red: 2, green: 1, blue: 3 } as const;

/** For the few colours (dark, or of high chroma) that have no match near by. */
const farReach = { red: 4, green: 2, blue: 9 } as const;

/**
 * The 8-bit colour that shows the luminance of a grey with chroma added at a fixed hue.
 * Chroma beyond 0.98 of the gamut at that L* and hue is cut; hue and luminance never give way.
 * Of the codes around the wanted colour that keep the luminance within the curve's tolerance
 * (|ΔL*| 0.044 on sRGB), the nearest one is taken.
 * Over 256 greys × 256 levels of each palette no grey code is lost.
 * @param grey 0..255
 * @param hue CIE Lab hue angle in radians
 * @param chroma wanted C*, ≥ 0; 0 gives R = G = B = grey
 * @param curve the display on which the luminance is kept
 * @returns red << 16 | green << 8 | blue
 */
export function colourOfGrey(
  grey: number,
  hue: number,
  chroma: number,
  curve: DisplayCurve = displayCurves.srgb,
): number {
  const L = curve.lightnessOfGrey[grey] ?? 0;
  const reachable = Math.min(chroma, reachableChroma(L, hue, chroma, curve));
  if (reachable <= 0) return (grey << 16) | (grey << 8) | grey;
  const [red, green, blue] = linearRgbOfLab(labAt(L, hue, reachable));
  const wanted = [
    curve.codeOfLinear(red),
    curve.codeOfLinear(green),
    curve.codeOfLinear(blue),
  ] as const;
  const near = nearestOfSameLuminance(grey, wanted, nearReach, curve);
  return near.matches ? near.rgb : nearestOfSameLuminance(grey, wanted, farReach, curve).rgb;
}

interface Match {
  readonly rgb: number;
  /** Its luminance is within the tolerance; otherwise `rgb` is the colour with the least. */
  readonly matches: boolean;
}

function nearestOfSameLuminance(
  grey: number,
  [red, green, blue]: readonly [number, number, number],
  reach: typeof nearReach | typeof farReach,
  { linearOfCode, luminanceOfCode, slope: slopes, tolerance }: DisplayCurve,
): Match {
  const [redLuminance, greenLuminance, blueLuminance] = luminanceOfCode;
  const luminance = linearOfCode[grey]!;
  const slope = slopes[grey]!;
  const [firstRed, lastRed] = codesAround(red, reach.red);
  const [firstGreen, lastGreen] = codesAround(green, reach.green);
  const [firstBlue, lastBlue] = codesAround(blue, reach.blue);
  let rgb = 0;
  let bestCost = Infinity;
  for (let r = firstRed; r <= lastRed; r++) {
    for (let g = firstGreen; g <= lastGreen; g++) {
      const rest = luminance - redLuminance[r]! - greenLuminance[g]!;
      for (let b = firstBlue; b <= lastBlue; b++) {
        const error = slope * Math.abs(rest - blueLuminance[b]!);
        const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
        const cost = error <= tolerance ? distance : offLuminance + error;
        if (cost < bestCost) {
          bestCost = cost;
          rgb = (r << 16) | (g << 8) | b;
        }
      }
    }
  }
  return { rgb, matches: bestCost < offLuminance };
}

/** Above every squared distance, so that a colour of the right luminance always wins. */
const offLuminance = 1e6;

function codesAround(component: number, reach: number): readonly [number, number] {
  const code = Math.round(component);
  return [Math.max(0, code - reach), Math.min(255, code + reach)];
}

/** Largest usable C* up to `wanted`: a look suffices where the gamut is wide, a bisection to 0.01 elsewhere. */
function reachableChroma(L: number, hue: number, wanted: number, curve: DisplayCurve): number {
  if (inGamut(L, hue, wanted / gamutShare, curve)) return wanted;
  let inside = 0;
  let outside = wanted / gamutShare;
  while (outside - inside > 0.01) {
    const chroma = (inside + outside) / 2;
    if (inGamut(L, hue, chroma, curve)) inside = chroma;
    else outside = chroma;
  }
  return gamutShare * inside;
}

function inGamut(L: number, hue: number, chroma: number, { linearOfCode }: DisplayCurve): boolean {
  const black = linearOfCode[0]!;
  const [red, green, blue] = linearRgbOfLab(labAt(L, hue, chroma));
  return red >= black && red <= 1 && green >= black && green <= 1 && blue >= black && blue <= 1;
}

function labAt(L: number, hue: number, chroma: number): Lab {
  return { L, a: chroma * Math.cos(hue), b: chroma * Math.sin(hue) };
}
