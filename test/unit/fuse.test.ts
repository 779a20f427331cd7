import assert from 'node:assert/strict';
import { chromaPages, fuseChroma } from '../../src/imaging/fuse-chroma.js';
import { fuseEvidence } from '../../src/imaging/fuse-evidence.js';
import { labOfRgb, lightnessOfGrey } from '../../src/imaging/lab.js';
import { paletteTable } from '../../src/imaging/palette.js';
import type { GreyImage } from '../../src/ports/colouring.js';

const Rows = 120;
const Columns = 200;

/** Every grey in every neighbourhood. */
const image: GreyImage = {
  Rows,
  Columns,
  grey: Uint8Array.from({ length: Rows * Columns }, (_, pixel) => (pixel * 37) % 256),
};

const table = paletteTable('magenta', 1);

function evidenceAt(row: number, column: number, value = 1) {
  const evidence = new Float32Array(64);
  evidence[8 * row + column] = value;
  return { kind: 'evidence', rows: 8, columns: 8, evidence } as const;
}

function colourAt(rgb: Uint8Array, row: number, column: number) {
  const at = 3 * (row * Columns + column);
  return [rgb[at]!, rgb[at + 1]!, rgb[at + 2]!] as const;
}

function chromaAt(rgb: Uint8Array, row: number, column: number): number {
  const { a, b } = labOfRgb(...colourAt(rgb, row, column));
  return Math.hypot(a, b);
}

describe('fusing evidence with the displayed grey', () => {
  it('leaves every pixel grey where there is no evidence', () => {
    const rgb = new Uint8Array(3 * Rows * Columns);
    fuseEvidence(image, evidenceAt(0, 0, 0), table, rgb);
    image.grey.forEach((grey, pixel) => {
      assert.deepEqual([...rgb.subarray(3 * pixel, 3 * pixel + 3)], [grey, grey, grey]);
    });
  });

  it('colours around the evidence and nowhere else', () => {
    const flat: GreyImage = { Rows, Columns, grey: new Uint8Array(Rows * Columns).fill(120) };
    const rgb = new Uint8Array(3 * Rows * Columns);
    fuseEvidence(flat, evidenceAt(2, 5), table, rgb);
    // The centre of cell (2, 5) of 8 × 8. A cubic B-spline has 2/3 of an impulse at its knot, so 4/9 in two dimensions.
    const peak = chromaAt(rgb, Math.floor((2.5 * Rows) / 8), Math.floor((5.5 * Columns) / 8));
    assert.ok(Math.abs(peak - (25 * 4) / 9) < 1, `peak ${peak}`);
    assert.deepEqual(colourAt(rgb, Rows - 1, 0), [120, 120, 120]);
    // Its support ends two cells away.
    assert.deepEqual(colourAt(rgb, Math.ceil((4.6 * Rows) / 8), 137), [120, 120, 120]);
  });

  it('moves no L* by more than 0.05', () => {
    const evidence = Float32Array.from({ length: 64 }, (_, index) => ((index * 29) % 64) / 63);
    const rgb = new Uint8Array(3 * Rows * Columns);
    fuseEvidence(image, { kind: 'evidence', rows: 8, columns: 8, evidence }, table, rgb);
    assertSameLightness(rgb);
  });

  it('draws some rows as it draws them among all, to the bit', () => {
    const evidence = Float32Array.from({ length: 64 }, (_, index) => ((index * 29) % 64) / 63);
    const map = { kind: 'evidence', rows: 8, columns: 8, evidence } as const;
    const all = new Uint8Array(3 * Rows * Columns);
    fuseEvidence(image, map, table, all);
    for (let first = 0; first < Rows; first += 20) {
      const end = Math.min(Rows, first + 20);
      const rgb = new Uint8Array(3 * (end - first) * Columns);
      fuseEvidence(image, map, table, rgb, { first, end });
      assert.deepEqual(rgb, all.subarray(3 * first * Columns, 3 * end * Columns));
    }
  });

  it('gives full chroma for full evidence everywhere', () => {
    const flat: GreyImage = { Rows, Columns, grey: new Uint8Array(Rows * Columns).fill(120) };
    const rgb = new Uint8Array(3 * Rows * Columns);
    const evidence = new Float32Array(64).fill(1);
    fuseEvidence(flat, { kind: 'evidence', rows: 8, columns: 8, evidence }, table, rgb);
    const colours = new Set(
      Array.from({ length: Rows * Columns }, (_, pixel) =>
        rgb.subarray(3 * pixel, 3 * pixel + 3).join(),
      ),
    );
    assert.equal(colours.size, 1);
    assert.ok(Math.abs(chromaAt(rgb, 0, 0) - 25) < 1);
  });
});

describe('fusing free chroma with the displayed grey', () => {
  const ab = Float32Array.from({ length: 2 * 64 }, (_, index) => 40 * Math.sin(index));

  it('moves no L* by more than 0.05', () => {
    const rgb = new Uint8Array(3 * Rows * Columns);
    fuseChroma(image, { kind: 'ab', rows: 8, columns: 8, ab }, 1, chromaPages(), rgb);
    assertSameLightness(rgb);
  });

  it('shows the chroma that the network asked for', () => {
    const flat: GreyImage = { Rows, Columns, grey: new Uint8Array(Rows * Columns).fill(120) };
    const constant = new Float32Array(2 * 64).fill(12, 0, 64).fill(-9, 64);
    const rgb = new Uint8Array(3 * Rows * Columns);
    fuseChroma(flat, { kind: 'ab', rows: 8, columns: 8, ab: constant }, 1, chromaPages(), rgb);
    const { a, b } = labOfRgb(...colourAt(rgb, 60, 100));
    assert.ok(Math.abs(a - 12) < 0.8 && Math.abs(b + 9) < 0.8, `a* ${a} b* ${b}`);
  });

  it('leaves grey grey where the network gives no chroma', () => {
    const rgb = new Uint8Array(3 * Rows * Columns);
    fuseChroma(
      image,
      { kind: 'ab', rows: 8, columns: 8, ab: new Float32Array(128) },
      1,
      chromaPages(),
      rgb,
    );
    image.grey.forEach((grey, pixel) => {
      assert.equal(rgb[3 * pixel], grey);
      assert.equal(rgb[3 * pixel + 2], grey);
    });
  });
});

function assertSameLightness(rgb: Uint8Array): void {
  let worst = 0;
  image.grey.forEach((grey, pixel) => {
    const { L } = labOfRgb(rgb[3 * pixel]!, rgb[3 * pixel + 1]!, rgb[3 * pixel + 2]!);
    worst = Math.max(worst, Math.abs(L - lightnessOfGrey[grey]!));
  });
  assert.ok(worst <= 0.05, `max |ΔL*| ${worst}`);
}
