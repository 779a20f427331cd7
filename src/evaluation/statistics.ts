/** Plain statistics over small samples. Empty samples give NaN, which is printed as a dash. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** By linear interpolation between order statistics, as NumPy's default. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const position = share * (sorted.length - 1);
  const [below, above] = [Math.floor(position), Math.ceil(position)];
  const low = sorted[below] ?? NaN;
  return low + (position - below) * ((sorted[above] ?? NaN) - low);
}

/**
 * Area under the receiver operating characteristic: the chance that a positive scores above a negative, ties half.
 * @see Hanley and McNeil (1982), doi 10.1148/radiology.143.1.7063747
 */
export function areaUnderCurve(positives: readonly number[], negatives: readonly number[]): number {
  const sorted = negatives.toSorted((one, other) => one - other);
  const won = positives.map((score) => (countBelow(sorted, score) + countUpTo(sorted, score)) / 2);
  return mean(won) / negatives.length;
}

/** How many of the sorted values are below a bound. */
function countBelow(sorted: readonly number[], bound: number): number {
  return partition(sorted, (value) => value < bound);
}

function countUpTo(sorted: readonly number[], bound: number): number {
  return partition(sorted, (value) => value <= bound);
}

function partition(sorted: readonly number[], belongs: (value: number) => boolean): number {
  let [first, end] = [0, sorted.length];
  while (first < end) {
    const middle = (first + end) >> 1;
    if (belongs(sorted[middle] ?? NaN)) first = middle + 1;
    else end = middle;
  }
  return first;
}

/** Pearson's; 0 where one side is constant, for it then says nothing about the other. */
export function correlation(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const count = one.length;
  let [sumX, sumY] = [0, 0];
  for (let at = 0; at < count; at++) {
    sumX += one[at]!;
    sumY += other[at]!;
  }
  let [xx, yy, xy] = [0, 0, 0];
  for (let at = 0; at < count; at++) {
    const [x, y] = [one[at]! - sumX / count, other[at]! - sumY / count];
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  return xx < 1e-9 || yy < 1e-9 ? 0 : xy / Math.sqrt(xx * yy);
}

export interface ReliabilityBin {
  readonly count: number;
  /** Mean of what was said. */
  readonly said: number;
  /** Share of those that were so. */
  readonly found: number;
}

const bins = 15;

/** Equal bins of [0, 1]; empty ones have a count of 0. */
export function reliability(
  probabilities: readonly number[],
  outcomes: readonly boolean[],
): readonly ReliabilityBin[] {
  return Array.from({ length: bins }, (_, bin) => {
    const members = probabilities.flatMap((said, at) =>
      Math.min(bins - 1, Math.floor(said * bins)) === bin
        ? [{ said, found: outcomes[at] ? 1 : 0 }]
        : [],
    );
    return members.length === 0
      ? { count: 0, said: 0, found: 0 }
      : {
          count: members.length,
          said: mean(members.map(({ said }) => said)),
          found: mean(members.map(({ found }) => found)),
        };
  });
}

/** Expected calibration error. @see Naeini, Cooper, Hauskrecht (2015), AAAI */
export function calibrationError(reliable: readonly ReliabilityBin[]): number {
  const all = reliable.reduce((sum, { count }) => sum + count, 0);
  return reliable.reduce(
    (sum, { count, said, found }) => sum + (count / all) * Math.abs(said - found),
    0,
  );
}
