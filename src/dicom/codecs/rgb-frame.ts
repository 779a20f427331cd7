/** One frame of colour, 8 bits a sample: row-major Rows × Columns × RGB. */
export interface RgbFrame {
  readonly Rows: number;
  readonly Columns: number;
  readonly rgb: Uint8Array;
}
