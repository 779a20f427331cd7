/**
 * Smooth enlargement of a coarse map by uniform cubic B-splines: twice continuously differentiable, never
 * below the least nor above the greatest value around, and exactly 0 where the map is 0 all around.
 * (The Gaussian and the bicubic step of the colour path in one basis; no edge of the picture is copied into colour.)
 *
 * Pixel centres are aligned; the map is repeated beyond its edge.
 */

/** The four map rows around an output row, and how it blends them. */
export interface SplineRows {
  /** The map row above it, or -1: the rows around are the same wherever this is. */
  readonly cell: number;
  readonly taps: Taps;
  readonly shares: Taps;
}

type Taps = readonly [number, number, number, number];

/** @param row one of `Rows` over a map of `rows` */
export function splineRowsAt(rows: number, row: number, Rows: number): SplineRows {
  const position = ((row + 0.5) * rows) / Rows - 0.5;
  const cell = Math.floor(position);
  const t = position - cell;
  const rest = 1 - t;
  const square = t * t;
  const cube = square * t;
  return {
    cell,
    taps: tapsOf(cell, rows),
    shares: [
      (rest * rest * rest) / 6,
      (3 * cube - 6 * square + 4) / 6,
      (-3 * cube + 3 * square + 3 * t + 1) / 6,
      cube / 6,
    ],
  };
}

/** The map's values at one output row: `columns` values. */
export function splineRow(
  map: Float32Array,
  columns: number,
  { taps, shares: [first, second, third, fourth] }: SplineRows,
  into: Float64Array,
): void {
  const [above, at, below, beyond] = [
    taps[0] * columns,
    taps[1] * columns,
    taps[2] * columns,
    taps[3] * columns,
  ];
  for (let x = 0; x < columns; x++) {
    into[x] =
      first * map[above + x]! +
      second * map[at + x]! +
      third * map[below + x]! +
      fourth * map[beyond + x]!;
  }
}

/** One stretch of output columns over which the map is a single cubic. */
export interface Cell {
  readonly firstColumn: number;
  /** One past the last column. */
  readonly endColumn: number;
  /** The four map columns around it. */
  readonly taps: Taps;
  /** Position of `firstColumn` inside the cell, [0, 1). */
  readonly t: number;
}

/** The stretches of an output row of `Columns` over a map of `columns`. */
export function splineCells(columns: number, Columns: number): readonly Cell[] {
  const cells: Cell[] = [];
  for (let cell = -1; cell < columns; cell++) {
    const firstColumn = Math.max(0, Math.ceil(((cell + 0.5) * Columns) / columns - 0.5));
    const endColumn = Math.min(Columns, Math.ceil(((cell + 1.5) * Columns) / columns - 0.5));
    if (endColumn <= firstColumn) continue;
    cells.push({
      firstColumn,
      endColumn,
      taps: tapsOf(cell, columns),
      t: ((firstColumn + 0.5) * columns) / Columns - 0.5 - cell,
    });
  }
  return cells;
}

/**
 * Value and forward differences of a cell's cubic at its first column: each next column costs three additions.
 * @param into receives value, first, second and third difference
 */
export function splineDifferences(
  values: Float64Array,
  cell: Cell,
  step: number,
  into: Float64Array,
): void {
  const c0 = values[cell.taps[0]]!;
  const c1 = values[cell.taps[1]]!;
  const c2 = values[cell.taps[2]]!;
  const c3 = values[cell.taps[3]]!;
  const cubic = (-c0 + 3 * c1 - 3 * c2 + c3) / 6;
  const square = (c0 - 2 * c1 + c2) / 2;
  const linear = (c2 - c0) / 2;
  const constant = (c0 + 4 * c1 + c2) / 6;
  const t = cell.t;
  const h = step;
  into[0] = ((cubic * t + square) * t + linear) * t + constant;
  into[1] =
    cubic * (3 * t * t * h + 3 * t * h * h + h * h * h) + square * (2 * t * h + h * h) + linear * h;
  into[2] = cubic * (6 * t * h * h + 6 * h * h * h) + 2 * square * h * h;
  into[3] = 6 * cubic * h * h * h;
}

/** The whole smooth field at Rows × Columns points, row-major, in single precision as the map. */
export function splineField(
  map: Float32Array,
  rows: number,
  columns: number,
  Rows: number,
  Columns: number,
): Float32Array {
  const field = new Float32Array(Rows * Columns);
  const cells = splineCells(columns, Columns);
  const values = new Float64Array(columns);
  const differences = new Float64Array(4);
  for (let row = 0; row < Rows; row++) {
    splineRow(map, columns, splineRowsAt(rows, row, Rows), values);
    for (const cell of cells) {
      splineDifferences(values, cell, columns / Columns, differences);
      let [value, slope, bend] = [differences[0]!, differences[1]!, differences[2]!];
      for (let column = cell.firstColumn; column < cell.endColumn; column++) {
        field[row * Columns + column] = value;
        value += slope;
        slope += bend;
        bend += differences[3]!;
      }
    }
  }
  return field;
}

function tapsOf(cell: number, length: number): Taps {
  const clamp = (index: number) => Math.min(length - 1, Math.max(0, index));
  return [clamp(cell - 1), clamp(cell), clamp(cell + 1), clamp(cell + 2)];
}
