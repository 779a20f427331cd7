import type { Frame } from '../dicom/decode-frame.js';
import { rangeView, type View } from './voi.js';

/** Share of the pixels that may lie beyond each end of the range. */
const ignoredShare = 0.01;

/**
 * The view of an image that brings none.
 * Up to 8 bits: the whole range that can be stored, for such pictures were made for display already.
 * Above: from the darkest to the brightest value but for 1 % of the pixels at each end, as the histogram
 * window of DCMTK does it, so that a lead marker or a dead detector element does not flatten the lungs.
 * @param codeValues modality value of each code; @param padding codes that are no picture
 */
export function fullRange(
  frame: Frame,
  codeValues: Float64Array,
  padding: ReadonlySet<number>,
): View {
  const histogram = frame.bitsStored > 8 ? histogramOf(frame) : undefined;
  const codes = Array.from(codeValues.keys())
    .filter((code) => !padding.has(code) && histogram?.[code] !== 0)
    .sort((one, other) => (codeValues[one] ?? 0) - (codeValues[other] ?? 0));
  const between = (first: number | undefined, last: number | undefined): View =>
    rangeView(codeValues[first ?? 0] ?? 0, codeValues[last ?? 0] ?? 0);
  if (!histogram) return between(codes[0], codes.at(-1));
  const beyond = ignoredShare * codes.reduce((sum, code) => sum + (histogram[code] ?? 0), 0);
  const low = firstBeyond(codes, histogram, beyond);
  const high = firstBeyond(codes.toReversed(), histogram, beyond);
  const isEmpty = codeValues[low ?? 0] === codeValues[high ?? 0];
  return isEmpty ? between(codes[0], codes.at(-1)) : between(low, high);
}

/** Pixels of each code. */
function histogramOf(frame: Frame): Uint32Array {
  const histogram = new Uint32Array(2 ** frame.bitsStored);
  const mask = histogram.length - 1;
  const { samples } = frame;
  frame.need?.(samples);
  for (let index = 0; index < samples.length; index++) {
    const code = (samples[index] ?? 0) & mask;
    histogram[code] = (histogram[code] ?? 0) + 1;
  }
  return histogram;
}

/** The first code with more than `beyond` pixels up to and with it. */
function firstBeyond(
  codes: readonly number[],
  histogram: Uint32Array,
  beyond: number,
): number | undefined {
  let sum = 0;
  return codes.find((code) => (sum += histogram[code] ?? 0) > beyond);
}
