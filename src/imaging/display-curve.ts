import { gsdfLinear, jndIndexOfLinear, pValueOfLinear } from '../domain/gsdf.js';
import type { DisplayProfile } from '../domain/job.js';
import {
  lightnessOfLuminance,
  linearOfCode as srgbLinearOfCode,
  luminanceWeights,
  srgbOfLinear,
} from './lab.js';

/**
 * What a display makes of 8-bit codes. Its primaries and its white are those of sRGB, and all three
 * channels follow one curve, so that a grey has its own code in each.
 */
export interface DisplayCurve {
  /** Light of each code as a share of white. */
  readonly linearOfCode: Float64Array;
  /** Code, not rounded, that gives a share of white between those of black and white. */
  readonly codeOfLinear: (linear: number) => number;
  /** L* of each grey. */
  readonly lightnessOfGrey: Float64Array;
  /** Luminance that each code adds, per component. */
  readonly luminanceOfCode: readonly [Float64Array, Float64Array, Float64Array];
  /** How fast the scale on which nothing may move grows with luminance, at each grey. */
  readonly slope: Float64Array;
  /** What may move on that scale: about a tenth of the step between two greys. */
  readonly tolerance: number;
}

export const displayCurves: Readonly<Record<DisplayProfile, DisplayCurve>> = {
  srgb: curveOf({
    linearOfCode: srgbLinearOfCode,
    codeOfLinear: (linear) => 255 * srgbOfLinear(linear),
    scale: lightnessOfLuminance,
    tolerance: 0.044,
  }),
  gsdf: curveOf({
    linearOfCode: gsdfLinear,
    codeOfLinear: pValueOfLinear,
    scale: jndIndexOfLinear,
    tolerance: 0.19,
  }),
};

interface CurveSource extends Pick<DisplayCurve, 'linearOfCode' | 'codeOfLinear' | 'tolerance'> {
  readonly scale: (luminance: number) => number;
}

function curveOf({ scale, ...curve }: CurveSource): DisplayCurve {
  const { linearOfCode } = curve;
  const weighted = (weight: number) => linearOfCode.map((linear) => weight * linear);
  const [red, green, blue] = luminanceWeights;
  const luminanceOfCode = [weighted(red), weighted(green), weighted(blue)] as const;
  const small = 1e-6;
  return {
    ...curve,
    luminanceOfCode,
    lightnessOfGrey: Float64Array.from(linearOfCode, (_, grey) =>
      lightnessOfLuminance(luminanceOfCode.reduce((sum, light) => sum + (light[grey] ?? 0), 0)),
    ),
    slope: linearOfCode.map((luminance) => (scale(luminance + small) - scale(luminance)) / small),
  };
}
