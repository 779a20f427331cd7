/** A network's idea of where lung is, row-major, [0, 1]. */
export interface LungMap {
  readonly rows: number;
  readonly columns: number;
  readonly lungs: Float32Array;
}

/** What a lung map says in a few figures that can be drawn on paper. */
export interface Lungs {
  /** Shares of the picture that are lung, on either side of the mediastinum. */
  readonly left: number;
  readonly right: number;
  /** Where the mediastinum runs, as a share of the width. */
  readonly middle: number;
  /** Lung across the mediastinum, against the height of the lower lung: 0 where a clear column divides them. */
  readonly bridge: number;
  /** Rows that both lungs reach, against the rows that either reaches. */
  readonly overlap: number;
  /** How sure the network is where it sees lung: mean of |2p - 1| where p > 0.1; 0 where it sees none. */
  readonly clarity: number;
}

const isLung = 0.5;
const maybeLung = 0.1;
/** The mediastinum is looked for where neither side holds less than this share of all lung. */
const leastSide = 0.15;
const nothing: Lungs = { left: 0, right: 0, middle: 0.5, bridge: 1, overlap: 0, clarity: 0 };

/** Divides a lung map at its emptiest column into two sides, and measures them. */
export function measureLungs(map: LungMap): Lungs {
  const { rows, columns, lungs } = map;
  const clarity = clarityOf(lungs);
  const heights = columnHeights(map);
  const middle = emptiestColumn(heights);
  if (middle === undefined) return { ...nothing, clarity };
  const [before, after] = [heights.slice(0, middle), heights.slice(middle + 1)];
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const lowerPeak = Math.min(Math.max(0, ...before), Math.max(0, ...after));
  return {
    left: sum(before) / (rows * columns),
    right: sum(after) / (rows * columns),
    middle: (middle + 0.5) / columns,
    bridge: heights[middle]! / Math.max(1, lowerPeak),
    overlap: overlapOf(map, middle),
    clarity,
  };
}

function clarityOf(lungs: Float32Array): number {
  let [sum, count] = [0, 0];
  for (const lung of lungs) {
    if (lung <= maybeLung) continue;
    sum += Math.abs(2 * lung - 1);
    count += 1;
  }
  return count === 0 ? 0 : sum / count;
}

/** Lung pixels in each column. */
function columnHeights({ columns, lungs }: LungMap): readonly number[] {
  const heights = Array.from({ length: columns }, () => 0);
  lungs.forEach((lung, index) => {
    if (lung > isLung) heights[index % columns]! += 1;
  });
  return heights;
}

/** The middle one of the emptiest columns that have lung on both sides; undefined when there is none. */
function emptiestColumn(heights: readonly number[]): number | undefined {
  const all = heights.reduce((total, height) => total + height, 0);
  let sum = 0;
  const between = heights.flatMap((height, column) => {
    sum += height;
    return sum >= leastSide * all && sum <= (1 - leastSide) * all ? [{ column, height }] : [];
  });
  if (all === 0) return undefined;
  const least = Math.min(...between.map(({ height }) => height));
  const emptiest = between.filter(({ height }) => height === least);
  return emptiest[Math.floor(emptiest.length / 2)]?.column;
}

function overlapOf({ rows, columns, lungs }: LungMap, middle: number): number {
  let [either, both] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const line = lungs.subarray(row * columns, (row + 1) * columns);
    const hasLung = (part: Float32Array) => part.some((lung) => lung > isLung);
    const [before, after] = [hasLung(line.subarray(0, middle)), hasLung(line.subarray(middle + 1))];
    if (before || after) either += 1;
    if (before && after) both += 1;
  }
  return either === 0 ? 0 : both / either;
}

/** Bounds on what frontal films show; `docs/decisions/0006-recognition.md` has the films they were measured on. */
const smallestLung = 0.04;
const largestLung = 0.4;
const farthestMiddle = 0.2;
const widestBridge = 0.15;
const leastOverlap = 0.4;
const leastBalance = 0.3;

/** What keeps the figures from being those of two lungs side by side, in words; undefined when they are. */
export function faultOfLungs(lungs: Lungs): string | undefined {
  const { left, right, middle, bridge, overlap } = lungs;
  const [smaller, larger] = [Math.min(left, right), Math.max(left, right)];
  if (larger < smallestLung) return 'nothing looks like lung';
  if (smaller < smallestLung) return 'only one side looks like lung';
  if (bridge > widestBridge) return 'nothing divides it into two lungs';
  if (larger > largestLung) return `${percent(larger)} of the picture looks like one lung`;
  if (smaller < leastBalance * larger) return 'one lung is far smaller than the other';
  if (overlap < leastOverlap) return 'the lungs do not lie side by side';
  if (Math.abs(middle - 0.5) > farthestMiddle) return 'the chest lies at the edge of the picture';
  return undefined;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
