import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rgbOfGrey } from '../../src/imaging/rgba.js';
import { lookUp, meanOfBoxes, packBoxes, spreadGrey } from '../../src/imaging/row-kernels.js';

const root = new URL('../../../', import.meta.url);

/** Longer than what is copied at once, and no multiple of what is computed at once. */
const count = 150_003;

describe('what is done to every pixel', () => {
  it('looks up 16 bits by the lowest bits, wherever they lie in shared memory', () => {
    const table = Uint8Array.from({ length: 4096 }, (_, code) => (code * 37) >> 3);
    for (const byteOffset of [0, 2, 4, 6, 10]) {
      const codes = new Uint16Array(new SharedArrayBuffer(2 * count + byteOffset), byteOffset);
      for (let at = 0; at < count; at++) codes[at] = at * 7919;
      const grey = new Uint8Array(new SharedArrayBuffer(count));
      lookUp(codes, table, grey);
      assert.ok(grey.every((value, at) => value === table[codes[at]! & 4095]));
      const signed = new Int16Array(codes.buffer, byteOffset);
      const ofSigned = new Uint8Array(count);
      lookUp(signed, table, ofSigned);
      assert.deepEqual(ofSigned, Uint8Array.from(grey));
    }
  });

  it('looks up 8 bits', () => {
    const table = Uint8Array.from({ length: 64 }, (_, code) => 255 - 4 * code);
    const codes = Uint8Array.from({ length: count }, (_, at) => at * 13);
    const grey = new Uint8Array(count);
    lookUp(codes, table, grey);
    assert.ok(grey.every((value, at) => value === table[codes[at]! & 63]));
  });

  it('spreads grey as browsers do without it', () => {
    for (const length of [0, 1, 15, 16, 17, count]) {
      const grey = Uint8Array.from({ length }, (_, at) => at * 31);
      const [rgb, ofBrowser] = [new Uint8Array(3 * length), new Uint8Array(3 * length)];
      spreadGrey(grey, rgb);
      rgbOfGrey(grey, ofBrowser);
      assert.deepEqual(rgb, ofBrowser);
    }
  });

  it('adds more rows than 16 bits hold, edges by their share', () => {
    const [columns, height] = [5, 600];
    const rows = new Uint8Array(columns * height).fill(255);
    const across = packBoxes([
      { first: 0, last: 2, firstShare: 1, lastShare: 0.5 },
      { first: 2, last: 4, firstShare: 0.5, lastShare: 1 },
    ]);
    const down = { first: 0, last: height - 1, firstShare: 0.5, lastShare: 0.5 };
    const means = new Float32Array(2);
    meanOfBoxes(rows, columns, down, across, 2.5 * (height - 1), means);
    assert.deepEqual([...means], [255, 255]);
  });

  it('is compiled from what stands in assembly/ (node scripts/publish-kernels.mjs)', async function () {
    this.timeout(30_000);
    const { compiledKernels } = (await import(
      new URL('scripts/publish-kernels.mjs', root).href
    )) as { compiledKernels: () => Promise<string> };
    const published = readFileSync(new URL('src/imaging/row-kernels-binary.ts', root), 'utf8');
    assert.equal(published, await compiledKernels());
  });
});
