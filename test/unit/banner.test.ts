import assert from 'node:assert/strict';
import { bannerRows, drawBanner } from '../../src/imaging/banner.js';
import { lightnessOfRgb } from '../../src/imaging/lab.js';
import { drawText, textWidth } from '../../src/imaging/lettering.js';
import { levels, paletteTable } from '../../src/imaging/palette.js';

const table = paletteTable('magenta', 1);

/** A white picture under a banner. */
function bannered(Rows: number, Columns: number, content = { title: 'Evidence, 1.0.0', table }) {
  const rgb = new Uint8Array(Rows * Columns * 3).fill(255);
  drawBanner(rgb, Rows, Columns, content);
  const top = Rows - bannerRows(Rows, Columns);
  const at = (row: number, column: number) => [
    ...rgb.subarray(3 * (row * Columns + column), 3 * (row * Columns + column) + 3),
  ];
  return { rgb, top, at };
}

/** What a sign looks like, 12 pixels high: one character a pixel. */
function drawn(text: string): string {
  const [rows, columns] = [16, 14];
  const rgb = new Uint8Array(rows * columns * 3);
  drawText({ rows, columns, rgb }, text, { x: 2, y: 2, height: 12, ink: 255 });
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column) =>
      rgb[3 * (row * columns + column)]! > 127 ? '#' : '.',
    ).join(''),
  ).join('\n');
}

describe('lettering', () => {
  const signs = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+.,:/()&'");

  it('draws every sign, each unlike all others', () => {
    const pictures = signs.map(drawn);
    assert.ok(pictures.every((picture) => picture.includes('#')));
    assert.equal(new Set(pictures).size, signs.length);
  });

  it('draws an L as an upright with a foot', () => {
    const rows = drawn('L').split('\n');
    assert.equal(rows.filter((row) => row.startsWith('.##.')).length, 12);
    assert.equal(rows.filter((row) => row.includes('########')).length, 2);
  });

  it('shows small letters as capitals and leaves accents off', () => {
    assert.equal(drawn('e'), drawn('E'));
    assert.equal(drawn('É'), drawn('E'));
  });

  it('shows a box for a sign that it lacks, never nothing', () => {
    assert.equal(drawn('€'), drawn('肺'));
    assert.ok(!signs.map(drawn).includes(drawn('€')));
    assert.ok(drawn('€').includes('#'));
  });
});

describe('banner', () => {
  it('leaves every pixel above it alone', () => {
    const { rgb, top } = bannered(600, 500);
    assert.ok(rgb.subarray(0, 3 * top * 500).every((value) => value === 255));
  });

  it('takes a twentieth of a film, and never more than a quarter of a picture', () => {
    const share = bannerRows(3000, 2500) / 3000;
    assert.ok(share > 0.04 && share < 0.06, `${share}`);
    for (const [Rows, Columns] of [
      [8, 8],
      [40, 4000],
      [4000, 40],
      [64, 64],
    ] as const) {
      assert.ok(bannerRows(Rows, Columns) <= Math.ceil(Rows / 4), `${Rows} × ${Columns}`);
      assert.doesNotThrow(() => bannered(Rows, Columns));
    }
  });

  it('is grey letters on black beside its ramp', () => {
    const { at, top } = bannered(1200, 1000);
    let lit = 0;
    for (let row = top; row < 1200; row++) {
      for (let column = 0; column < 750; column++) {
        const [red, green, blue] = at(row, column);
        assert.ok(red === green && green === blue);
        if (red! > 127) lit++;
      }
    }
    const share = lit / (750 * (1200 - top));
    assert.ok(share > 0.05 && share < 0.3, `${share} of it is ink`);
  });

  it('ramps from grey to full evidence at one lightness', () => {
    const { at, top } = bannered(1200, 1000);
    const row = top + 20;
    const ramp = Array.from({ length: 1000 }, (_, column) => at(row, column)).filter(
      ([red, , blue], column) => column > 700 && red! + blue! > 100,
    );
    assert.ok(ramp.length > 150, `${ramp.length} columns`);
    const grey = ramp[0]![0]!;
    assert.deepEqual(ramp[0], [grey, grey, grey]);
    const full = 3 * (256 * (levels - 1) + grey);
    assert.deepEqual(ramp.at(-1), [...table.subarray(full, full + 3)]);
    const lightness = lightnessOfRgb(grey, grey, grey);
    for (const [red, green, blue] of ramp) {
      assert.ok(Math.abs(lightnessOfRgb(red!, green!, blue!) - lightness) <= 0.05);
    }
  });

  it('draws a long title smaller, clear of the ramp', () => {
    const { at, top } = bannered(1200, 1000, { title: 'W'.repeat(80), table });
    for (let row = top; row < 1200; row++) {
      for (let column = 755; column < 775; column++) assert.deepEqual(at(row, column), [0, 0, 0]);
    }
  });

  it('has no ramp where colour has no scale', () => {
    const rgb = new Uint8Array(1200 * 1000 * 3).fill(255);
    drawBanner(rgb, 1200, 1000, { title: 'Tint, 1.0.0' });
    const band = rgb.subarray(3 * 1000 * (1200 - bannerRows(1200, 1000)));
    for (let at = 0; at < band.length; at += 3) {
      assert.ok(band[at] === band[at + 1] && band[at] === band[at + 2]);
    }
  });

  it('measures text by its letters', () => {
    assert.equal(textWidth('', 10), 0);
    assert.ok(Math.abs(textWidth('I', 12) - 8) < 1e-9);
    assert.ok(textWidth('II', 12) > 16);
  });
});
