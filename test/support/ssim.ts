/** One number a pixel, row-major. */
export interface Plane {
  readonly rows: number;
  readonly columns: number;
  readonly values: ArrayLike<number>;
}

const side = 7;
const count = side * side;

/**
 * Mean structural similarity of two planes of one size, 1 for equal ones: windows of 7 × 7 with equal
 * weights and sample covariance, as scikit-image's `structural_similarity` does unless told otherwise.
 * @param range of the values
 * @see Wang, Bovik, Sheikh, Simoncelli, IEEE Transactions on Image Processing 13(4), 2004
 */
export function structuralSimilarity(one: Plane, other: Plane, range = 255): number {
  const { rows, columns } = one;
  if (other.rows !== rows || other.columns !== columns) throw new Error('planes of two sizes');
  const x = (at: number) => one.values[at]!;
  const y = (at: number) => other.values[at]!;
  const sums = [
    windowSums(rows, columns, x),
    windowSums(rows, columns, y),
    windowSums(rows, columns, (at) => x(at) ** 2),
    windowSums(rows, columns, (at) => y(at) ** 2),
    windowSums(rows, columns, (at) => x(at) * y(at)),
  ] as const;
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  let total = 0;
  for (let at = 0; at < sums[0].length; at++) {
    const [meanX, meanY] = [sums[0][at]! / count, sums[1][at]! / count];
    const covariance = (product: number, mean: number) => (product - count * mean) / (count - 1);
    const [varianceX, varianceY, both] = [
      covariance(sums[2][at]!, meanX ** 2),
      covariance(sums[3][at]!, meanY ** 2),
      covariance(sums[4][at]!, meanX * meanY),
    ];
    total +=
      ((2 * meanX * meanY + c1) * (2 * both + c2)) /
      ((meanX ** 2 + meanY ** 2 + c1) * (varianceX + varianceY + c2));
  }
  return total / sums[0].length;
}

/** The sum over each window that lies wholly inside, from a summed-area table. */
function windowSums(rows: number, columns: number, value: (at: number) => number): Float64Array {
  const stride = columns + 1;
  const table = new Float64Array((rows + 1) * stride);
  for (let row = 0; row < rows; row++) {
    let line = 0;
    for (let column = 0; column < columns; column++) {
      line += value(row * columns + column);
      table[(row + 1) * stride + column + 1] = line + table[row * stride + column + 1]!;
    }
  }
  const [down, across] = [rows - side + 1, columns - side + 1];
  const sums = new Float64Array(down * across);
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const [top, bottom] = [row * stride + column, (row + side) * stride + column];
      sums[row * across + column] =
        table[bottom + side]! - table[bottom]! - table[top + side]! + table[top]!;
    }
  }
  return sums;
}
