import type { GreyImage } from '../ports/colouring.js';

/** A rectangle in shares of the film's width and height. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Yes or no on a grid of its own over the film, row-major. */
export interface Mask {
  readonly rows: number;
  readonly columns: number;
  readonly inside: Uint8Array;
}

export type Label = 'pneumonia' | 'normal';

/** One radiograph to be measured on, and what people say of it. */
export interface Film {
  /** Stable name; no patient's name. */
  readonly id: string;
  /** Films of one collection are judged together. */
  readonly group: string;
  readonly patient: string;
  readonly label?: Label;
  /** Rectangles around pneumonia, drawn by people. */
  readonly boxes: readonly Box[];
  /** Lungs as people drew them. */
  readonly lungs?: Mask;
  /** As a good viewer first shows it. @throws the input codes of `errorKinds` */
  load(): Promise<GreyImage>;
}

/** Everything that a model is measured on. */
export interface FilmCollection {
  /** For people: where the films come from. */
  readonly name: string;
  /** Films of patients that no shipped model was trained on; those with boxes are among them. */
  readonly films: readonly Film[];
  /** Labelled films of other patients, for the baselines that must learn something; may be empty. */
  readonly training: readonly Film[];
}

/** Whether a point of the film, in shares of its sides, lies inside. */
export function isInside({ rows, columns, inside }: Mask, x: number, y: number): boolean {
  const row = Math.min(rows - 1, Math.floor(y * rows));
  const column = Math.min(columns - 1, Math.floor(x * columns));
  return inside[row * columns + column] === 1;
}

/** The pixels of a film that lie inside a mask, as 1. */
export function maskOf({ Rows, Columns }: GreyImage, mask: Mask): Uint8Array {
  return Uint8Array.from({ length: Rows * Columns }, (_, at) =>
    isInside(mask, ((at % Columns) + 0.5) / Columns, (Math.floor(at / Columns) + 0.5) / Rows)
      ? 1
      : 0,
  );
}

/** The pixels whose centre lies in one of the boxes, as 1. */
export function boxesOf(
  { Rows, Columns }: Pick<GreyImage, 'Rows' | 'Columns'>,
  boxes: readonly Box[],
): Uint8Array {
  return Uint8Array.from({ length: Rows * Columns }, (_, at) => {
    const x = ((at % Columns) + 0.5) / Columns;
    const y = (Math.floor(at / Columns) + 0.5) / Rows;
    const isIn = (box: Box) =>
      x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
    return boxes.some(isIn) ? 1 : 0;
  });
}
