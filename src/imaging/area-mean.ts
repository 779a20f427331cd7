import type { GreyImage } from '../ports/colouring.js';

/**
 * Area mean of a picture at a smaller or larger size: every output pixel is the mean of the box that it
 * covers, with fractional shares at the box's edges, so no detail aliases and the mean grey is kept.
 * Aspect is not kept: the networks were trained on films squashed to a square.
 * @returns row-major rows × columns, 0..255
 */
export function areaMean(image: GreyImage, rows: number, columns: number): Float32Array {
  return startAreaMean(image, rows, columns)(image.Rows);
}

/**
 * The same from the top downwards, for a picture that is still being drawn.
 * @returns is told how many rows are drawn, more each time, and gives the mean, whole once all are
 */
export function startAreaMean(
  { Rows, Columns, grey }: GreyImage,
  rows: number,
  columns: number,
): (drawnRows: number) => Float32Array {
  const across = boxes(Columns, columns);
  const downwards = boxes(Rows, rows);
  const mean = new Float32Array(rows * columns);
  const rowSums = new Float64Array(columns);
  const sums = new Float64Array(columns);
  let summedRow = -1;
  let y = 0;

  const fillRow = (down: Box) => {
    sums.fill(0);
    for (let row = down.first; row <= down.last; row++) {
      // The row that two boxes share was summed a moment ago.
      if (row !== summedRow) sumAcross(grey, row * Columns, across, rowSums);
      summedRow = row;
      const share = row === down.first ? down.firstShare : row === down.last ? down.lastShare : 1;
      for (let x = 0; x < columns; x++) sums[x] = sums[x]! + share * rowSums[x]!;
    }
    across.forEach(({ size }, x) => {
      mean[y * columns + x] = sums[x]! / (down.size * size);
    });
  };

  return (drawnRows) => {
    for (
      let down = downwards[y];
      down !== undefined && down.last < drawnRows;
      down = downwards[y]
    ) {
      fillRow(down);
      y += 1;
    }
    return mean;
  };
}

/** Sums of one row over each box, edges by their share. */
function sumAcross(
  grey: Uint8Array,
  offset: number,
  across: readonly Box[],
  into: Float64Array,
): void {
  for (let x = 0; x < across.length; x++) {
    const { first, last, firstShare, lastShare } = across[x]!;
    const end = offset + last;
    let whole = 0;
    for (let at = offset + first + 1; at < end; at++) whole += grey[at]!;
    const edges = firstShare * grey[offset + first]! + (last > first ? lastShare * grey[end]! : 0);
    into[x] = whole + edges;
  }
}

interface Box {
  readonly first: number;
  readonly last: number;
  readonly firstShare: number;
  readonly lastShare: number;
  readonly size: number;
}

/** The source intervals behind `count` output pixels along one axis of `length`. */
function boxes(length: number, count: number): readonly Box[] {
  const size = length / count;
  return Array.from({ length: count }, (_, index) => {
    const start = index * size;
    const end = Math.min(length, start + size);
    const first = Math.min(length - 1, Math.floor(start));
    const last = Math.min(length - 1, Math.max(first, Math.ceil(end - 1e-9) - 1));
    const firstShare = last === first ? end - start : first + 1 - start;
    return { first, last, firstShare, lastShare: end - last, size };
  });
}
