import { converter, differenceCiede2000, type Lab65 } from 'culori';

export type Deficiency = 'protanopia' | 'deuteranopia' | 'tritanopia';
type Matrix = readonly (readonly [number, number, number])[];

/**
 * Full deficiency on linear sRGB.
 * @see Machado, Oliveira, Fernandes: A physiologically-based model for simulation of color vision deficiency,
 *   IEEE TVCG 15(6), 2009, table of severity 1.0
 */
const machado: Readonly<Record<Deficiency, Matrix>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const linear = converter('lrgb');
const lab = converter('lab65');
const difference = differenceCiede2000();

/** CIEDE2000 by culori, which `colour-vision.test.ts` holds to the published pairs. */
export function deltaE00(one: Lab65, other: Lab65): number {
  return difference(one, other);
}

/** An 8-bit sRGB colour as somebody with this deficiency sees it. */
export function seenWith(deficiency: Deficiency, rgb: readonly number[]): Lab65 {
  const [r, g, b] = rgb.map((code) => code / 255) as [number, number, number];
  const light = linear({ mode: 'rgb', r, g, b });
  const [red, green, blue] = machado[deficiency].map(([x, y, z]) =>
    Math.min(1, Math.max(0, x * light.r + y * light.g + z * light.b)),
  ) as [number, number, number];
  return lab({ mode: 'lrgb', r: red, g: green, b: blue });
}

/** The least difference between two colours over the three deficiencies, in ΔE00. */
export function worstDifference(one: readonly number[], other: readonly number[]): number {
  const deficiencies = Object.keys(machado) as Deficiency[];
  return Math.min(
    ...deficiencies.map((deficiency) =>
      deltaE00(seenWith(deficiency, one), seenWith(deficiency, other)),
    ),
  );
}
