import type { GreyImage } from '../ports/colouring.js';
import { type Box, meanOfBoxes, packBoxes } from './row-kernels.js';

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
 * @param mean where it is written
 * @returns is told how many rows are drawn, more each time, and gives the mean, whole once all are
 */
export function startAreaMean(
  { Rows, Columns, grey }: GreyImage,
  rows: number,
  columns: number,
  mean: Float32Array = new Float32Array(rows * columns),
): (drawnRows: number) => Float32Array {
  const across = packBoxes(boxes(Columns, columns));
  const downwards = boxes(Rows, rows);
  const width = Columns / columns;
  let y = 0;

  return (drawnRows) => {
    for (
      let down = downwards[y];
      down !== undefined && down.last < drawnRows;
      down = downwards[y]
    ) {
      const touched = grey.subarray(down.first * Columns, (down.last + 1) * Columns);
      const means = mean.subarray(y * columns, (y + 1) * columns);
      meanOfBoxes(touched, Columns, down, across, down.size * width, means);
      y += 1;
    }
    return mean;
  };
}

interface SizedBox extends Box {
  readonly size: number;
}

/** The source intervals behind `count` output pixels along one axis of `length`. */
function boxes(length: number, count: number): readonly SizedBox[] {
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
