/** A drawn picture as canvases take it: R, G, B and full opacity. @returns four bytes a pixel */
export function rgbaOfRgb(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const words = new Uint32Array(rgb.length / 3);
  for (let pixel = 0, at = 0; pixel < words.length; pixel++, at += 3) {
    words[pixel] = rgb[at]! | (rgb[at + 1]! << 8) | (rgb[at + 2]! << 16) | opaque;
  }
  return new Uint8ClampedArray(words.buffer);
}

/** The same of a grey picture. */
export function rgbaOfGrey(grey: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const words = new Uint32Array(grey.length);
  for (let pixel = 0; pixel < words.length; pixel++) {
    words[pixel] = (grey[pixel]! * 0x010101) | opaque;
  }
  return new Uint8ClampedArray(words.buffer);
}

/** Each grey as R, G and B: `spreadGrey` for browsers. @param rgb receives three bytes for each */
export function rgbOfGrey(grey: Uint8Array, rgb: Uint8Array): void {
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const value = grey[pixel]!;
    rgb[3 * pixel] = value;
    rgb[3 * pixel + 1] = value;
    rgb[3 * pixel + 2] = value;
  }
}

const opaque = 0xff << 24;
