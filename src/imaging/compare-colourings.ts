import { type ChromaFigures, type ShadowFigures, visibleChroma } from '../domain/shadow.js';
import type { Colouring } from '../ports/colouring.js';
import { fullChroma } from './palette.js';
import { splineField } from './spline-row.js';

/** Both colourings are compared on this grid, whatever their own: that of the shipped networks. */
const side = 64;

/**
 * How two colourings of one picture differ. Chroma is taken before the picture's greys limit it, so that the figures are
 * those of the models and not of the film: C* 25 · strength · evidence, or strength · |a*b*|.
 * @param strength share of full chroma of both, (0, 1]
 */
export function compareColourings(
  stored: Colouring,
  shadow: Colouring,
  strength: number,
): ShadowFigures {
  const [one, other] = [chromaField(stored, strength), chromaField(shadow, strength)];
  let [inOne, inOther, inBoth, difference] = [0, 0, 0, 0];
  one.forEach((chroma, at) => {
    const [seenInOne, seenInOther] = [chroma >= visibleChroma, other[at]! >= visibleChroma];
    inOne += Number(seenInOne);
    inOther += Number(seenInOther);
    inBoth += Number(seenInOne && seenInOther);
    difference += Math.abs(chroma - other[at]!);
  });
  const union = inOne + inOther - inBoth;
  return {
    stored: figuresOf(stored, one, inOne),
    shadow: figuresOf(shadow, other, inOther),
    dice: union === 0 ? 1 : (2 * inBoth) / (inOne + inOther),
    iou: union === 0 ? 1 : inBoth / union,
    deltaChroma: difference / one.length,
  };
}

function figuresOf(colouring: Colouring, chroma: Float32Array, coloured: number): ChromaFigures {
  const probability = colouring.kind === 'evidence' ? colouring.probability : undefined;
  return {
    ...(probability === undefined ? {} : { probability }),
    colouredShare: coloured / chroma.length,
    meanChroma: chroma.reduce((sum, value) => sum + value, 0) / chroma.length,
    maxChroma: chroma.reduce((most, value) => Math.max(most, value), 0),
  };
}

/** C* on the common grid, along the smooth field that is drawn. */
function chromaField(colouring: Colouring, strength: number): Float32Array {
  const { rows, columns } = colouring;
  if (colouring.kind === 'evidence') {
    const field = splineField(colouring.evidence, rows, columns, side, side);
    return field.map((evidence) => fullChroma * strength * evidence);
  }
  const size = rows * columns;
  const a = splineField(colouring.ab.subarray(0, size), rows, columns, side, side);
  const b = splineField(colouring.ab.subarray(size), rows, columns, side, side);
  return a.map((value, at) => strength * Math.hypot(value, b[at]!));
}
