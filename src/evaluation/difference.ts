const step = 0.01;
/** Beyond any C* of sRGB. */
const most = 200;

/** Differences between maps of chroma, pooled over the pixels of many films without keeping them. */
export class Differences {
  private readonly counts = new Float64Array(most / step);
  private pixels = 0;
  private sum = 0;

  add(one: Float32Array, other: Float32Array): void {
    one.forEach((value, at) => {
      const difference = Math.abs(value - other[at]!);
      this.sum += difference;
      const bin = Math.min(this.counts.length - 1, Math.ceil(difference / step));
      this.counts[bin] = this.counts[bin]! + 1;
    });
    this.pixels += one.length;
  }

  get mean(): number {
    return this.sum / this.pixels;
  }

  /** To the next hundredth above. */
  quantile(share: number): number {
    if (this.pixels === 0) return NaN;
    let passed = 0;
    const bin = this.counts.findIndex((count) => (passed += count) >= share * this.pixels);
    return bin * step;
  }
}
