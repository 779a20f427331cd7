/**
 * The Grayscale Standard Display Function: equal steps of its index are equally visible.
 * @see DICOM PS3.14 7.1
 */

/** Luminance in cd/m² that shows a JND index of 1 to 1023. */
export function luminanceOfJndIndex(index: number): number {
  const x = Math.log(index);
  const above = polynomial(
    x,
    [-1.3011877, 8.0242636e-2, 1.3646699e-1, -2.5468404e-2, 1.3635334e-3],
  );
  const below = polynomial(
    x,
    [1, -2.5840191e-2, -1.0320229e-1, 2.874562e-2, -3.1978977e-3, 1.2992634e-4],
  );
  return 10 ** (above / below);
}

/** The inverse, for 0.05 to 4000 cd/m². */
export function jndIndexOfLuminance(luminance: number): number {
  return polynomial(
    Math.log10(luminance),
    [
      71.498068, 94.593053, 41.912053, 9.8247004, 0.28175407, -1.1878455, -0.18014349, 0.14710899,
      -0.017046845,
    ],
  );
}

/** Coefficients from the constant upwards. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

/** Luminance of black and white, with the light of the room, that diagnostic displays are commonly set to. */
export const gsdfRange = { blackCdM2: 1, whiteCdM2: 350 } as const;

const [blackIndex, whiteIndex] = [
  jndIndexOfLuminance(gsdfRange.blackCdM2),
  jndIndexOfLuminance(gsdfRange.whiteCdM2),
];

/** Luminance in cd/m² of each P-value of 8 bits: equal steps of the JND index. */
export const gsdfLuminance: Float64Array = Float64Array.from({ length: 256 }, (_, code) =>
  luminanceOfJndIndex(blackIndex + ((whiteIndex - blackIndex) * code) / 255),
);

const white = gsdfLuminance[255] ?? gsdfRange.whiteCdM2;

/** The same as a share of white. */
export const gsdfLinear: Float64Array = gsdfLuminance.map((luminance) => luminance / white);

/** JND index of a share of white. */
export function jndIndexOfLinear(linear: number): number {
  return jndIndexOfLuminance(linear * white);
}

/** The P-value, not rounded, that shows a share of white; between those of black and white. */
export function pValueOfLinear(linear: number): number {
  return (255 * (jndIndexOfLinear(linear) - blackIndex)) / (whiteIndex - blackIndex);
}
