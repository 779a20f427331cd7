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
 * @param mean where it is written
 * @returns is told how many rows are drawn, more each time, and gives the mean, whole once all are
 */
export function startAreaMean(
  { Rows, Columns, grey }: GreyImage,
  rows: number,
  columns: number,
  mean: Float32Array = new Float32Array(rows * columns),
): (drawnRows: number) => Float32Array {
  const across = boxes(Columns, columns);
  const downwards = boxes(Rows, rows);
  const sums = new Float64Array(columns);
  const edgeSums = new Float64Array(columns);
  const inside = startColumnSums(grey, Columns);
  let edgeRow = -1;
  let y = 0;

  /** A row at the edge of a box, by its share; the next box has the rest of it. */
  const addEdge = (row: number, share: number) => {
    if (row !== edgeRow) {
      edgeSums.fill(0);
      addAcross(grey, row * Columns, across, edgeSums);
    }
    edgeRow = row;
    for (let x = 0; x < columns; x++) sums[x] = sums[x]! + share * edgeSums[x]!;
  };

  const fillRow = ({ first, last, firstShare, lastShare, size: height }: Box) => {
    sums.fill(0);
    addEdge(first, firstShare);
    for (let row = first + 1; row < last; row += mostRows) {
      addAcross(inside(row, Math.min(last, row + mostRows)), 0, across, sums);
    }
    if (last > first) addEdge(last, lastShare);
    across.forEach(({ size: width }, x) => {
      mean[y * columns + x] = sums[x]! / (height * width);
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

/** Bytes that a lane of 16 bits adds up without running over. */
const mostRows = 257;
const lanes = 0x00ff00ff;

/** The sum of each column over some rows, four columns and three rows at a time. */
function startColumnSums(
  grey: Uint8Array,
  Columns: number,
): (firstRow: number, endRow: number) => Uint32Array {
  const view = new DataView(grey.buffer, grey.byteOffset, grey.length);
  const words = Columns >> 2;
  const even = new Uint32Array(words);
  const odd = new Uint32Array(words);
  const sums = new Uint32Array(Columns);
  return (firstRow, endRow) => {
    even.fill(0);
    odd.fill(0);
    let row = firstRow;
    for (; row + 3 <= endRow; row += 3) addThreeRows(view, row * Columns, Columns, even, odd);
    for (; row < endRow; row++) addRow(view, row * Columns, even, odd);
    for (let word = 0; word < words; word++) {
      sums[4 * word] = even[word]! & 0xffff;
      sums[4 * word + 1] = odd[word]! & 0xffff;
      sums[4 * word + 2] = even[word]! >>> 16;
      sums[4 * word + 3] = odd[word]! >>> 16;
    }
    for (let column = 4 * words; column < Columns; column++) {
      sums[column] = 0;
      for (let at = firstRow; at < endRow; at++) sums[column]! += grey[at * Columns + column]!;
    }
    return sums;
  };
}

function addThreeRows(
  view: DataView,
  first: number,
  Columns: number,
  even: Uint32Array,
  odd: Uint32Array,
): void {
  const [second, third] = [first + Columns, first + 2 * Columns];
  for (let word = 0; word < even.length; word++) {
    const one = view.getUint32(first + 4 * word, true);
    const two = view.getUint32(second + 4 * word, true);
    const three = view.getUint32(third + 4 * word, true);
    even[word] = even[word]! + (one & lanes) + (two & lanes) + (three & lanes);
    odd[word] =
      odd[word]! + ((one >>> 8) & lanes) + ((two >>> 8) & lanes) + ((three >>> 8) & lanes);
  }
}

function addRow(view: DataView, first: number, even: Uint32Array, odd: Uint32Array): void {
  for (let word = 0; word < even.length; word++) {
    const four = view.getUint32(first + 4 * word, true);
    even[word] = even[word]! + (four & lanes);
    odd[word] = odd[word]! + ((four >>> 8) & lanes);
  }
}

/** Adds the sums of one row over each box, edges by their share. */
function addAcross(
  values: Uint8Array | Uint32Array,
  offset: number,
  across: readonly Box[],
  sums: Float64Array,
): void {
  for (let x = 0; x < across.length; x++) {
    const { first, last, firstShare, lastShare } = across[x]!;
    const end = offset + last;
    let whole = 0;
    for (let at = offset + first + 1; at < end; at++) whole += values[at]!;
    const edges =
      firstShare * values[offset + first]! + (last > first ? lastShare * values[end]! : 0);
    sums[x] = sums[x]! + (whole + edges);
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
