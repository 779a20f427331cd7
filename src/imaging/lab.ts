/**
 * CIE L*a*b* (D65, 2°) and sRGB, in plain numbers.
 * @see IEC 61966-2-1 (sRGB), CIE 15:2018 (L*a*b*)
 */

/** sRGB to XYZ with the white of (1, 1, 1) at Y = 1. Rows X, Y, Z. */
const rgbToXyz = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
] as const;

/** Inverse of `rgbToXyz`. */
const xyzToRgb = [
  [3.2404542, -1.5371385, -0.4985314],
  [-0.969266, 1.8760108, 0.041556],
  [0.0556434, -0.2040259, 1.0572252],
] as const;

/** Share of each linear component in relative luminance. */
export const luminanceWeights = rgbToXyz[1];

const whiteX = 0.95047;
const whiteZ = 1.08883;
const epsilon = 216 / 24389;
const kappa = 24389 / 27;

export interface Lab {
  readonly L: number;
  readonly a: number;
  readonly b: number;
}

/** Linear light of an sRGB component in [0, 1]. */
export function linearOfSrgb(component: number): number {
  return component <= 0.04045 ? component / 12.92 : ((component + 0.055) / 1.055) ** 2.4;
}

/** sRGB component in [0, 1] of linear light; keeps the sign of values outside the gamut. */
export function srgbOfLinear(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** Linear light of each 8-bit sRGB code. */
export const linearOfCode: Float64Array = Float64Array.from({ length: 256 }, (_, code) =>
  linearOfSrgb(code / 255),
);

/** L* in [0, 100] of relative luminance Y in [0, 1]. */
export function lightnessOfLuminance(luminance: number): number {
  return luminance > epsilon ? 116 * Math.cbrt(luminance) - 16 : kappa * luminance;
}

/** L* of an 8-bit sRGB colour. */
export function lightnessOfRgb(red: number, green: number, blue: number): number {
  return lightnessOfLuminance(
    luminanceWeights[0] * (linearOfCode[red] ?? 0) +
      luminanceWeights[1] * (linearOfCode[green] ?? 0) +
      luminanceWeights[2] * (linearOfCode[blue] ?? 0),
  );
}

/** L* of each 8-bit grey. */
export const lightnessOfGrey: Float64Array = Float64Array.from({ length: 256 }, (_, grey) =>
  lightnessOfRgb(grey, grey, grey),
);

/** L*a*b* of an 8-bit colour, on sRGB or on a display that gives other light for its codes. */
export function labOfRgb(red: number, green: number, blue: number, light = linearOfCode): Lab {
  const linear = [light[red] ?? 0, light[green] ?? 0, light[blue] ?? 0] as const;
  const [x, y, z] = rgbToXyz.map(
    (row) => row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2],
  ) as [number, number, number];
  const [fx, fy, fz] = [f(x / whiteX), f(y), f(z / whiteZ)];
  return { L: 116 * fy - 16, a: 500 * (fx - fy), b: 200 * (fy - fz) };
}

function f(t: number): number {
  return t > epsilon ? Math.cbrt(t) : (kappa * t + 16) / 116;
}

function inverseF(t: number): number {
  return t ** 3 > epsilon ? t ** 3 : (116 * t - 16) / kappa;
}

/** Linear sRGB of L*a*b*; components outside [0, 1] are outside the gamut. */
export function linearRgbOfLab({ L, a, b }: Lab): readonly [number, number, number] {
  const fy = (L + 16) / 116;
  const x = inverseF(fy + a / 500) * whiteX;
  const y = inverseF(fy);
  const z = inverseF(fy - b / 200) * whiteZ;
  return [
    xyzToRgb[0][0] * x + xyzToRgb[0][1] * y + xyzToRgb[0][2] * z,
    xyzToRgb[1][0] * x + xyzToRgb[1][1] * y + xyzToRgb[1][2] * z,
    xyzToRgb[2][0] * x + xyzToRgb[2][1] * y + xyzToRgb[2][2] * z,
  ];
}
