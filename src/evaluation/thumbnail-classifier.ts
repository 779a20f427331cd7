import { areaMean } from '../imaging/area-mean.js';
import { rankEqualised } from '../imaging/model-input.js';
import type { GreyImage } from '../ports/colouring.js';

/** A picture of this many pixels a side shows no sign of disease, only how the film was taken. */
const side = 16;
const steps = 400;
const rate = 0.5;
const decay = 0.01;

/** The blurred thumbnail of a film: ranks of 16 × 16 area means. */
export function thumbnailFeatures(image: GreyImage): Float32Array {
  return rankEqualised(areaMean(image, side, side));
}

export type Score = (features: Float32Array) => number;

/**
 * Logistic regression on thumbnails, by plain gradient descent from zero: what image labels can be told from
 * acquisition alone. A model that is no better than this may have learnt no more than this.
 * Classes weigh the same, whatever their number.
 */
export function trainThumbnailClassifier(
  positives: readonly Float32Array[],
  negatives: readonly Float32Array[],
): Score {
  const samples = [
    ...positives.map((features) => ({ features, outcome: 1, weight: 0.5 / positives.length })),
    ...negatives.map((features) => ({ features, outcome: 0, weight: 0.5 / negatives.length })),
  ];
  const weights = new Float64Array(side * side);
  let bias = 0;
  const score: Score = (features) => {
    let sum = bias;
    for (let at = 0; at < features.length; at++) sum += weights[at]! * features[at]!;
    return sum;
  };
  for (let step = 0; step < steps; step++) {
    const slope = weights.map((weight) => decay * weight);
    let biasSlope = 0;
    for (const { features, outcome, weight } of samples) {
      const error = weight * (1 / (1 + Math.exp(-score(features))) - outcome);
      biasSlope += error;
      for (let at = 0; at < features.length; at++) slope[at] = slope[at]! + error * features[at]!;
    }
    bias -= rate * biasSlope;
    slope.forEach((value, at) => {
      weights[at] = weights[at]! - rate * value;
    });
  }
  return score;
}
