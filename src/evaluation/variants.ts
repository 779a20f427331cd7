import { areaMean } from '../imaging/area-mean.js';
import { randomFor } from '../phantom/random.js';
import type { GreyImage } from '../ports/colouring.js';

/** A change of the picture that should not change the colour, and how to lay its map over the plain one. */
export interface Variant {
  readonly name: string;
  readonly change: (image: GreyImage, seed: number) => GreyImage;
  /** Chroma of the changed picture → on the pixels of the plain one. */
  readonly back: (chroma: Float32Array, changed: GreyImage, plain: GreyImage) => Float32Array;
}

/** Share of the side that a frame adds on each side. */
const frameShare = 0.1;
/** Share of the side that is blacked out at each border. */
const borderShare = 1 / 16;

const asItIs: Variant['back'] = (chroma) => chroma;

export const variants: readonly Variant[] = [
  tone('window 20 % narrower', (grey) => (grey - 127.5) / 0.8 + 127.5),
  tone('window 20 % wider', (grey) => (grey - 127.5) / 1.2 + 127.5),
  tone('gamma 0.8', (grey) => 255 * (grey / 255) ** 0.8),
  tone('gamma 1.25', (grey) => 255 * (grey / 255) ** 1.25),
  { name: 'black frame of 10 %', change: framed, back: withoutFrame },
  { name: 'half the size', change: (image) => resized(image, 0.5), back: atSize },
  { name: 'twice the size', change: (image) => resized(image, 2), back: atSize },
  { name: 'mirrored', change: mirrored, back: mirroredBack },
];

/** ± 1 grey code, evenly drawn. */
export const noise: Variant = {
  name: 'noise of ± 1 code',
  change: (image, seed) => {
    const random = randomFor(seed, 'noise');
    return mapped(image, (grey) => grey + Math.floor(random.between(-1, 2)));
  },
  back: asItIs,
};

/** Black borders: what stands there, such as letters and collimation, cannot help. */
export function borderMasked(image: GreyImage): GreyImage {
  const { Rows, Columns } = image;
  const [down, across] = [Math.round(borderShare * Rows), Math.round(borderShare * Columns)];
  return placed(image, (row, column) =>
    row < down || row >= Rows - down || column < across || column >= Columns - across
      ? undefined
      : [row, column],
  );
}

function tone(name: string, curve: (grey: number) => number): Variant {
  return { name, change: (image) => mapped(image, curve), back: asItIs };
}

function mapped(image: GreyImage, curve: (grey: number) => number): GreyImage {
  return { ...image, grey: shared(image.grey.length, (at) => curve(image.grey[at]!)) };
}

/** Rounded and clamped, on shared memory. */
function shared(length: number, value: (at: number) => number): Uint8Array {
  const grey = new Uint8Array(new SharedArrayBuffer(length));
  for (let at = 0; at < length; at++) {
    grey[at] = Math.min(255, Math.max(0, Math.round(value(at))));
  }
  return grey;
}

/** The same picture with each pixel taken from elsewhere; black where it comes from nowhere. */
function placed(
  image: GreyImage,
  source: (row: number, column: number) => readonly [number, number] | undefined,
  Rows = image.Rows,
  Columns = image.Columns,
): GreyImage {
  const grey = shared(Rows * Columns, (at) => {
    const from = source(Math.floor(at / Columns), at % Columns);
    return from === undefined ? 0 : image.grey[from[0] * image.Columns + from[1]]!;
  });
  return { Rows, Columns, grey };
}

function frameOf({ Rows, Columns }: GreyImage): readonly [number, number] {
  return [Math.round(frameShare * Rows), Math.round(frameShare * Columns)];
}

function framed(image: GreyImage): GreyImage {
  const [down, across] = frameOf(image);
  const isIn = (row: number, column: number) =>
    row >= 0 && row < image.Rows && column >= 0 && column < image.Columns;
  return placed(
    image,
    (row, column) =>
      isIn(row - down, column - across) ? [row - down, column - across] : undefined,
    image.Rows + 2 * down,
    image.Columns + 2 * across,
  );
}

function withoutFrame(chroma: Float32Array, changed: GreyImage, plain: GreyImage): Float32Array {
  const [down, across] = frameOf(plain);
  return Float32Array.from({ length: plain.grey.length }, (_, at) => {
    const row = Math.floor(at / plain.Columns) + down;
    return chroma[row * changed.Columns + (at % plain.Columns) + across]!;
  });
}

function resized(image: GreyImage, factor: number): GreyImage {
  const [Rows, Columns] = [Math.round(factor * image.Rows), Math.round(factor * image.Columns)];
  const values = areaMean(image, Rows, Columns);
  return { Rows, Columns, grey: shared(values.length, (at) => values[at]!) };
}

/** A map of another size by its nearest pixels: chroma is smooth, so nothing finer is lost. */
function atSize(chroma: Float32Array, changed: GreyImage, plain: GreyImage): Float32Array {
  const nearest = (at: number, count: number, of: number) => Math.floor(((at + 0.5) * of) / count);
  return Float32Array.from({ length: plain.grey.length }, (_, at) => {
    const row = nearest(Math.floor(at / plain.Columns), plain.Rows, changed.Rows);
    const column = nearest(at % plain.Columns, plain.Columns, changed.Columns);
    return chroma[row * changed.Columns + column]!;
  });
}

function mirrored(image: GreyImage): GreyImage {
  return placed(image, (row, column) => [row, image.Columns - 1 - column]);
}

function mirroredBack(chroma: Float32Array, { Columns }: GreyImage): Float32Array {
  return chroma.map((_, at) => chroma[at - (at % Columns) + Columns - 1 - (at % Columns)]!);
}
