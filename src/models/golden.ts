import type { Provider } from '../domain/hardware.js';
import type { Manifest } from './manifest.js';

type GoldenOutputs = Manifest['golden']['outputs'];
type RawOutputs = Readonly<Record<string, Float32Array>>;

const samples = 24;

/**
 * The picture that every runtime must answer in the same way before it may work: a bright body, two dark
 * lungs with a soft opacity in one, drawn by formula so that it needs no file.
 * @returns row-major rows × columns, 0..255
 */
export function goldenThumbnail(rows: number, columns: number): Float32Array {
  const picture = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [(column + 0.5) / columns, (row + 0.5) / rows];
      const lungs = Math.max(bump(x, y, 0.3, 0.5, 0.15, 0.33), bump(x, y, 0.7, 0.5, 0.15, 0.33));
      const body = bump(x, y, 0.5, 0.55, 0.52, 0.7);
      const opacity = bump(x, y, 0.3, 0.68, 0.07, 0.07);
      const ribs = 0.05 * Math.sin(60 * y + 12 * Math.abs(x - 0.5));
      picture[row * columns + column] = 255 * (0.78 * body - (0.5 + ribs) * lungs + 0.4 * opacity);
    }
  }
  return picture.map((grey) => Math.min(255, Math.max(0, grey)));
}

/** 1 inside an ellipse, falling smoothly to 0 at its edge. */
function bump(x: number, y: number, cx: number, cy: number, rx: number, ry: number): number {
  const distance = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2;
  return 1 / (1 + Math.exp(14 * (distance - 1)));
}

/** The mean and evenly spread values of each output, as the manifest stores them. */
export function goldenOutputs(outputs: RawOutputs): GoldenOutputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, values]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const count = Math.min(samples, values.length);
      const spread = Array.from(
        { length: count },
        (_, index) => values[Math.floor(((index + 0.5) * values.length) / count)] ?? 0,
      );
      return [name, [mean, ...spread]];
    }),
  );
}

/**
 * Compares a runtime's answer to the golden picture with the manifest.
 * @returns what differs, in words; undefined when all is well
 */
export function goldenFault(
  { golden }: Manifest,
  outputs: RawOutputs,
  provider: Provider,
): string | undefined {
  const tolerance =
    provider === 'cpu' ? golden.tolerance : (golden.toleranceOnGpu ?? golden.tolerance);
  const answered = goldenOutputs(outputs);
  for (const [name, expected] of Object.entries(golden.outputs)) {
    const found = answered[name];
    if (found?.length !== expected.length) return `output '${name}' is missing or has another size`;
    const scale = Math.max(...expected.map(Math.abs), 1e-3);
    const worst = Math.max(
      ...expected.map((value, index) => Math.abs(value - (found[index] ?? NaN))),
    );
    if (!(worst <= tolerance * scale)) {
      return `output '${name}' is off by ${worst.toPrecision(3)} (allowed ${(tolerance * scale).toPrecision(3)})`;
    }
  }
  return undefined;
}
