import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { until } from './process.js';
import { structuralSimilarity } from './ssim.js';

/** Side by side at this width: what is left of two viewers' interpolation is then below one grey code. */
const comparedColumns = 400;
/** How long a viewer may take until it shows a picture. */
const patienceMs = 30_000;

/** What a viewer shows of a picture, held against the picture itself. Colours are CIE L*a*b* as libvips computes them. */
interface Comparison {
  /** Structural similarity of L*, with our picture as it is and turned over. */
  readonly similarity: Readonly<Record<'asIs' | 'mirrored' | 'upsideDown' | 'turned', number>>;
  /** Mean of L* over the whole picture. */
  readonly lightness: Pair;
  /** Where ours is coloured (C* above 5); absent when it is grey all over. */
  readonly coloured?: {
    readonly share: number;
    readonly a: Pair;
    readonly b: Pair;
    /** Degrees, of the mean colour. */
    readonly hue: Pair;
  };
  /** Mean C* where ours is grey. */
  readonly chromaOfGrey: Pair;
}

interface Pair {
  readonly viewer: number;
  readonly ours: number;
}

/** The pixels of a canvas on the page, as PNG. */
async function readCanvas(page: Page, selector: string): Promise<Buffer> {
  const url = await page.evaluate<string>(
    `document.querySelector(${JSON.stringify(selector)}).toDataURL('image/png')`,
  );
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

/** The same, once it has not changed for so long. */
function stillCanvas(page: Page, selector: string, stillMs: number): Promise<Buffer> {
  return until(
    'the canvas to keep still',
    async () => {
      const before = await readCanvas(page, selector);
      await page.waitForTimeout(stillMs);
      return before.equals(await readCanvas(page, selector)) && before;
    },
    patienceMs,
  );
}

/**
 * Fails unless the canvas comes to show our picture, and keeps still with it. While a picture is on its way to a busy
 * viewer, its canvas keeps still with the one before.
 */
export async function assertComesToShow(
  page: Page,
  selector: string,
  ours: Buffer,
  stillMs: number,
): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const comparison = await compareWithCanvas(await stillCanvas(page, selector, stillMs), ours);
    try {
      assertShown(comparison);
      return;
    } catch (fault) {
      if (Date.now() > end) throw fault;
    }
  }
}

/** Compares a canvas that shows the whole picture, fitted and centred, with the picture. */
async function compareWithCanvas(canvas: Buffer, ours: Buffer): Promise<Comparison> {
  const { width, height } = await sharp(ours).metadata();
  const shown = await fittedPicture(canvas, width, height);
  const size = { width: comparedColumns, height: Math.round((comparedColumns * height) / width) };
  const viewer = await labOf(sharp(shown), size);
  const flips = {
    asIs: await labOf(sharp(ours), size),
    mirrored: await labOf(sharp(ours).flop(), size),
    upsideDown: await labOf(sharp(ours).flip(), size),
    turned: await labOf(sharp(ours).rotate(180), size),
  };
  const similarTo = (lab: Float32Array) =>
    structuralSimilarity(lightnessPlane(viewer, size), lightnessPlane(lab, size), 100);
  return {
    similarity: {
      asIs: similarTo(flips.asIs),
      mirrored: similarTo(flips.mirrored),
      upsideDown: similarTo(flips.upsideDown),
      turned: similarTo(flips.turned),
    },
    ...coloursOf(viewer, flips.asIs),
  };
}

/** What stands where a viewer puts a picture that it fits into its canvas. */
async function fittedPicture(canvas: Buffer, width: number, height: number): Promise<Buffer> {
  const room = await sharp(canvas).metadata();
  const scale = Math.min(room.width / width, room.height / height);
  const [shownWidth, shownHeight] = [Math.round(width * scale), Math.round(height * scale)];
  return sharp(canvas)
    .removeAlpha()
    .extract({
      left: Math.round((room.width - shownWidth) / 2),
      top: Math.round((room.height - shownHeight) / 2),
      width: shownWidth,
      height: shownHeight,
    })
    .png()
    .toBuffer();
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** L*, a*, b* of each pixel. */
async function labOf(picture: Sharp, size: Size): Promise<Float32Array> {
  // Two steps: within one, resizing would come after the change of colour space.
  const png = await picture
    .resize({ ...size, fit: 'fill', kernel: 'linear' })
    .toColourspace('srgb')
    .png()
    .toBuffer();
  const raw = await sharp(png).toColourspace('lab').raw({ depth: 'float' }).toBuffer();
  assert.equal(raw.length, size.width * size.height * 3 * 4);
  return new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
}

function lightnessPlane(lab: Float32Array, { width, height }: Size) {
  const values = Float32Array.from({ length: width * height }, (_, at) => lab[3 * at]!);
  return { rows: height, columns: width, values };
}

function coloursOf(viewer: Float32Array, ours: Float32Array): Omit<Comparison, 'similarity'> {
  const pixels = Array.from({ length: ours.length / 3 }, (_, at) => 3 * at);
  const chroma = (lab: Float32Array, at: number) => Math.hypot(lab[at + 1]!, lab[at + 2]!);
  const coloured = pixels.filter((at) => chroma(ours, at) > 5);
  const grey = pixels.filter((at) => chroma(ours, at) < 0.5);
  const pair = (where: readonly number[], value: (lab: Float32Array, at: number) => number) => {
    const mean = (lab: Float32Array) =>
      where.reduce((sum, at) => sum + value(lab, at), 0) / Math.max(1, where.length);
    return { viewer: mean(viewer), ours: mean(ours) };
  };
  const a = pair(coloured, (lab, at) => lab[at + 1]!);
  const b = pair(coloured, (lab, at) => lab[at + 2]!);
  const hueOf = (who: keyof Pair) => (Math.atan2(b[who], a[who]) * 180) / Math.PI;
  const hue = { viewer: hueOf('viewer'), ours: hueOf('ours') };
  return {
    lightness: pair(pixels, (lab, at) => lab[at]!),
    chromaOfGrey: pair(grey, chroma),
    ...(coloured.length === 0
      ? {}
      : { coloured: { share: coloured.length / pixels.length, a, b, hue } }),
  };
}

/** Fails unless the viewer shows the picture: the right way round, as light, in the same colours. */
function assertShown(comparison: Comparison): void {
  const { similarity, lightness, coloured, chromaOfGrey } = comparison;
  const seen = JSON.stringify(comparison);
  const { asIs, ...turnedOver } = similarity;
  assert.ok(asIs >= 0.99, `another picture: ${seen}`);
  assert.ok(asIs > Math.max(...Object.values(turnedOver)) + 0.1, `turned over: ${seen}`);
  assert.ok(Math.abs(lightness.viewer - lightness.ours) <= 0.5, `darker or lighter: ${seen}`);
  assert.ok(chromaOfGrey.viewer <= 0.5, `grey is coloured: ${seen}`);
  if (!coloured) return;
  const { a, b, hue } = coloured;
  assert.ok(Math.abs(a.viewer - a.ours) <= 0.5, `a* differs: ${seen}`);
  assert.ok(Math.abs(b.viewer - b.ours) <= 0.5, `b* differs: ${seen}`);
  assert.ok(Math.abs(hue.viewer - hue.ours) <= 2, `another hue: ${seen}`);
}
