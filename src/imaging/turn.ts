/** Quarter turns clockwise. */
export type QuarterTurns = 0 | 1 | 2 | 3;

/**
 * A picture turned within its own grid, row-major rows × columns: exact where the grid is square,
 * stretched to it where it is not.
 */
export function turned(
  picture: Float32Array,
  rows: number,
  columns: number,
  turns: QuarterTurns,
): Float32Array {
  return picture.map((_, index) => {
    const down = (Math.floor(index / columns) + 0.5) / rows;
    const across = ((index % columns) + 0.5) / columns;
    const [fromDown, fromAcross] = before(down, across, turns);
    return picture[Math.floor(fromDown * rows) * columns + Math.floor(fromAcross * columns)]!;
  });
}

/** Where a place of the turned picture was before, as shares of height and width. */
function before(down: number, across: number, turns: QuarterTurns): readonly [number, number] {
  switch (turns) {
    case 0:
      return [down, across];
    case 1:
      return [1 - across, down];
    case 2:
      return [1 - down, 1 - across];
    case 3:
      return [across, 1 - down];
    default:
      return turns satisfies never;
  }
}
