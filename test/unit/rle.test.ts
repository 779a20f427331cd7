import assert from 'node:assert/strict';
import { decodeRle } from '../../src/dicom/codecs/rle.js';

const pixel = (Rows: number, Columns: number, bitsAllocated: 8 | 16) => ({
  Rows,
  Columns,
  samplesPerPixel: 1 as const,
  bitsAllocated,
  bitsStored: bitsAllocated,
  highBit: bitsAllocated - 1,
  signed: false,
});

function rle(...segments: number[][]): Uint8Array {
  const header = new Uint32Array(16);
  header[0] = segments.length;
  let offset = 64;
  segments.forEach((segment, index) => {
    header[index + 1] = offset;
    offset += segment.length;
  });
  return Buffer.concat([new Uint8Array(header.buffer), Uint8Array.from(segments.flat())]);
}

const corrupt = { name: 'ColouriseError', code: 'CORRUPT_PIXEL_DATA' };

/** The packets are those of DICOM PS3.5 G.3: literal runs, replicate runs, and 128, which is nothing. */
describe('RLE', () => {
  it('copies literals, repeats runs and passes over 128', () => {
    const decoded = decodeRle(rle([2, 10, 20, 30, 128, 254, 7]), pixel(2, 3, 8));
    assert.deepEqual([...decoded.cells], [10, 20, 30, 7, 7, 7]);
  });

  it('joins planes, the most significant one first', () => {
    const decoded = decodeRle(rle([255, 0x12], [1, 0x34, 0x56]), pixel(1, 2, 16));
    assert.deepEqual([...decoded.cells], [0x1234, 0x1256]);
  });

  it('lets a run end with the picture although it says more', () => {
    assert.deepEqual([...decodeRle(rle([130, 9]), pixel(1, 4, 8)).cells], [9, 9, 9, 9]);
  });

  it('refuses segments that are short, missing, or outside the frame', () => {
    assert.throws(() => decodeRle(rle([1, 10, 20]), pixel(2, 3, 8)), corrupt);
    assert.throws(() => decodeRle(rle([5, 10, 20]), pixel(2, 3, 8)), corrupt);
    assert.throws(() => decodeRle(rle([255, 1]), pixel(1, 2, 16)), corrupt);
    const outside = rle([255, 1]);
    outside[4] = 200;
    assert.throws(() => decodeRle(outside, pixel(1, 2, 8)), corrupt);
  });
});
