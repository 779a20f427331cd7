/** Displayed grey, row-major Rows × Columns, 0 (black) to 255 (white), polarity already MONOCHROME2. */
export interface GreyImage {
  readonly Rows: number;
  readonly Columns: number;
  readonly grey: Uint8Array;
}

/** What a network says about a picture, on its own coarse grid. */
export type Colouring =
  /** Evidence of opacity in [0, 1], row-major; drawn in one hue. `lungs` is the model's lung mask on the same grid. */
  | {
      readonly kind: 'evidence';
      readonly rows: number;
      readonly columns: number;
      readonly evidence: Float32Array;
      readonly lungs?: Float32Array;
      readonly probability?: number;
    }
  /** Free chroma in CIE Lab units (D65): the plane of a*, then the plane of b*. */
  | {
      readonly kind: 'ab';
      readonly rows: number;
      readonly columns: number;
      readonly ab: Float32Array;
    };
