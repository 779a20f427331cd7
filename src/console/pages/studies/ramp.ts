/** Hue angles of the palettes in CIE L*a*b* (D65), degrees. */
export const hues = { magenta: 320, amber: 70, blue: 270 } as const;

/** Full chroma that all hues reach at every lightness drawn here. */
const fullChroma = 25;
const [brightest, darkest] = [78, 22];

export interface Ramp {
  /** Degrees. */
  readonly hue: number;
  /** Share of full chroma. */
  readonly strength: number;
  /** Evidence at which lines are drawn. */
  readonly contours: readonly number[];
}

/** Evidence grows to the right, lightness grows upwards: along a row only the chroma changes. */
export function drawRamp(canvas: HTMLCanvasElement, { hue, strength, contours }: Ramp): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = canvas;
  const picture = context.createImageData(width, height);
  const [cos, sin] = [Math.cos((hue * Math.PI) / 180), Math.sin((hue * Math.PI) / 180)];
  for (let y = 0; y < height; y++) {
    const lightness = brightest + ((darkest - brightest) * y) / (height - 1);
    for (let x = 0; x < width; x++) {
      const chroma = (strength * fullChroma * x) / (width - 1);
      picture.data.set([...srgb(lightness, chroma * cos, chroma * sin), 255], (y * width + x) * 4);
    }
  }
  context.putImageData(picture, 0, 0);
  for (const level of contours) {
    const x = Math.round(level * (width - 1));
    context.fillStyle = '#000';
    context.fillRect(x - 2, 0, 5, height);
    context.fillStyle = '#ebebeb';
    context.fillRect(x - 1, 0, 3, height);
  }
}

/**
 * CIE L*a*b* under D65 to 8-bit sRGB.
 * @see IEC 61966-2-1
 */
function srgb(lightness: number, a: number, b: number): readonly number[] {
  const fy = (lightness + 16) / 116;
  const linear = (f: number) => (f > 6 / 29 ? f ** 3 : (3 * 36 * (f - 4 / 29)) / 841);
  const x = 0.95047 * linear(fy + a / 500);
  const y = linear(fy);
  const z = 1.08883 * linear(fy - b / 200);
  return [
    3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
    -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
  ].map((value) => {
    const clipped = Math.min(1, Math.max(0, value));
    return 255 * (clipped > 0.0031308 ? 1.055 * clipped ** (1 / 2.4) - 0.055 : 12.92 * clipped);
  });
}
