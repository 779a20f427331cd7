import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { decodeRle } from '../../src/dicom/codecs/rle.js';
import { encodeFrame, roomFor } from '../../src/dicom/encode-frame.js';

const plain = (bytes: number) => new Uint8Array(bytes);
const grey = (...samples: readonly number[]) =>
  Uint8Array.from(samples.flatMap((sample) => [sample, sample, sample]));

/** The same on each run. */
function noise(bytes: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, block) =>
    createHash('sha256').update(`${block}`).digest(),
  );
  return Uint8Array.from(Buffer.concat(blocks).subarray(0, bytes));
}

const failed = { name: 'ColouriseError', code: 'COMPRESSION_FAILED' };

/** The packets are those of DICOM PS3.5 G.3. */
describe('packing as RLE', () => {
  it('copies literals, repeats runs, and begins anew with each row', async () => {
    const rgb = grey(10, 20, 20, 20, 30, 30, 30, 30, 30, 40);
    const packed = await encodeFrame({ Rows: 2, Columns: 5, rgb }, 'rle', plain);
    const plane = [0, 10, 254, 20, 0, 30, 253, 30, 0, 40];
    assert.deepEqual([...packed.subarray(64)], [...plane, ...plane, ...plane]);
    const header = new Uint32Array(packed.slice(0, 64).buffer);
    assert.deepEqual([...header.subarray(0, 5)], [3, 64, 74, 84, 0]);
  });

  it('keeps the planes apart, red first, each of even length', async () => {
    const rgb = Uint8Array.of(1, 4, 7, 2, 5, 8, 3, 6, 9, 3, 6, 9);
    const packed = await encodeFrame({ Rows: 1, Columns: 4, rgb }, 'rle', plain);
    const header = new Uint32Array(packed.slice(0, 64).buffer);
    assert.deepEqual([...header.subarray(0, 4)], [3, 64, 70, 76]);
    assert.deepEqual([...packed.subarray(64, 70)], [1, 1, 2, 255, 3, 0]);
    assert.deepEqual([...packed.subarray(76)], [1, 7, 8, 255, 9, 0]);
  });

  it('cuts runs and literals at 128', async () => {
    const rgb = grey(...new Array<number>(300).fill(5));
    const packed = await encodeFrame({ Rows: 1, Columns: 300, rgb }, 'rle', plain);
    assert.deepEqual([...packed.subarray(64, 70)], [129, 5, 129, 5, 213, 5]);
  });

  it('never needs more room than was made for it', async () => {
    for (const Columns of [1, 2, 127, 128, 129, 130, 256, 257, 385]) {
      // Few values make pairs and runs, many make literals.
      for (const values of [2, 3, 256]) {
        const size = { Rows: 7, Columns };
        const rgb = noise(3 * 7 * Columns).map((sample) => sample % values);
        const room = roomFor(size, 'rle');
        const packed = await encodeFrame({ ...size, rgb }, 'rle', plain);
        assert.ok(packed.length <= room, `${packed.length} of ${room}`);
        const bits = { bitsAllocated: 8, bitsStored: 8, highBit: 7, signed: false };
        const { cells } = decodeRle(packed, { ...size, ...bits, samplesPerPixel: 3 });
        assert.deepEqual(cells, rgb);
      }
    }
  });
});

describe('what cannot be packed', () => {
  it('is noise as JPEG-LS, and the next picture is packed all the same', async () => {
    const size = { Rows: 256, Columns: 256 };
    const rgb = noise(3 * 256 * 256);
    await assert.rejects(encodeFrame({ ...size, rgb }, 'jpeg-ls', plain), failed);
    const flat = { ...size, rgb: new Uint8Array(rgb.length) };
    assert.ok((await encodeFrame(flat, 'jpeg-ls', plain)).length < 1000);
  });

  it('is a picture above 24 megapixels as JPEG 2000, before memory is taken for it', async () => {
    const huge = { Rows: 5000, Columns: 5000, rgb: new Uint8Array() };
    await assert.rejects(encodeFrame(huge, 'jpeg-2000', plain), failed);
  });
});
