import assert from 'node:assert/strict';
import type { ErrorCode } from '../../src/domain/errors.js';
import { decodeFrame } from '../../src/dicom/decode-frame.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import {
  rampValues,
  syntheticDicom,
  us,
  type SyntheticOptions,
} from '../support/synthetic-dicom.js';

const limits = { maxPixels: 1_000_000 };
const decode = (options: SyntheticOptions) =>
  decodeFrame(readInstance(syntheticDicom(options)), limits);
const refusal = (code: ErrorCode) => ({ name: 'ColouriseError', code });
const shape = (rows: number, columns: number) => ({
  '00280010': us('00280010', rows),
  '00280011': us('00280011', columns),
});
const bits = (allocated: number, stored: number, high: number, representation = 0) => ({
  '00280100': us('00280100', allocated),
  '00280101': us('00280101', stored),
  '00280102': us('00280102', high),
  '00280103': us('00280103', representation),
});
const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);

describe('decodeFrame', () => {
  it('gives native stored values as they are', async () => {
    const frame = await decode({});
    assert.deepEqual([...frame.samples], [...rampValues]);
    assert.deepEqual([frame.Rows, frame.Columns, frame.bitsStored], [8, 16, 12]);
    assert.equal(frame.signed, false);
    assert.equal(frame.lossy, false);
  });

  it('swaps big-endian words', async () => {
    const frame = await decode({
      transferSyntaxUID: '1.2.840.10008.1.2.2',
      pixelData: Buffer.from(rampValues.buffer.slice(0)).swap16(),
    });
    assert.deepEqual([...frame.samples], [...rampValues]);
  });

  it('swaps 8-bit cells in big-endian OW by pairs', async () => {
    const frame = await decode({
      transferSyntaxUID: '1.2.840.10008.1.2.2',
      elements: { ...shape(1, 4), ...bits(8, 8, 7) },
      pixelData: Uint8Array.of(2, 1, 4, 3),
    });
    assert.deepEqual([...frame.samples], [1, 2, 3, 4]);
  });

  it('masks rubbish above BitsStored', async () => {
    const frame = await decode({
      elements: { ...shape(1, 3), ...bits(16, 12, 11) },
      pixelData: words(0xf001, 0x8fff, 0x1234),
    });
    assert.deepEqual([...frame.samples], [0x001, 0xfff, 0x234]);
  });

  it('honours a HighBit that is not BitsStored - 1', async () => {
    const frame = await decode({
      elements: { ...shape(1, 2), ...bits(16, 12, 15) },
      pixelData: words(0x123f, 0xfff0),
    });
    assert.deepEqual([...frame.samples], [0x123, 0xfff]);
  });

  it('extends the sign of signed values from BitsStored', async () => {
    const frame = await decode({
      elements: { ...shape(1, 4), ...bits(16, 12, 11, 1) },
      pixelData: words(0x0800, 0x0fff, 0x07ff, 0xf801),
    });
    assert.deepEqual([...frame.samples], [-2048, -1, 2047, -2047]);
  });

  it('unpacks cells of 12 and of 1 bit, least significant bit first', async () => {
    const twelve = await decode({
      elements: { ...shape(1, 2), ...bits(12, 12, 11) },
      pixelData: Uint8Array.of(0x34, 0x12, 0xab, 0),
    });
    assert.deepEqual([...twelve.samples], [0x234, 0xab1]);
    const one = await decode({
      elements: { ...shape(1, 8), ...bits(1, 1, 0) },
      pixelData: Uint8Array.of(0b1000_0101, 0),
    });
    assert.deepEqual([...one.samples], [1, 0, 1, 0, 0, 0, 0, 1]);
  });

  it('refuses absurd dimensions at once', async () => {
    const before = process.memoryUsage().arrayBuffers;
    await assert.rejects(decode({ elements: shape(60000, 60000) }), refusal('TOO_LARGE'));
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  });

  it('refuses pixel data that Rows and Columns do not fit', async () => {
    await assert.rejects(decode({ elements: shape(9, 16) }), refusal('MALFORMED'));
  });

  for (const [name, elements, code] of [
    ['no Rows', { '00280010': undefined }, 'MALFORMED'],
    ['Rows of 0', shape(0, 16), 'MALFORMED'],
    ['BitsStored above BitsAllocated', bits(8, 12, 11), 'MALFORMED'],
    ['HighBit below BitsStored - 1', bits(16, 12, 10), 'MALFORMED'],
    ['32 bits', bits(32, 32, 31), 'UNSUPPORTED_PIXEL_FORMAT'],
    ['three samples', { '00280002': us('00280002', 3) }, 'UNSUPPORTED_PIXEL_FORMAT'],
    [
      'two frames',
      { '00280008': { tag: '00280008', vr: 'IS', value: '2' } },
      'UNSUPPORTED_PIXEL_FORMAT',
    ],
  ] as const) {
    it(`refuses ${name} as ${code}`, async () => {
      await assert.rejects(decode({ elements }), refusal(code));
    });
  }

  it('refuses a transfer syntax that it does not know', async () => {
    const mpeg2 = '1.2.840.10008.1.2.4.100';
    await assert.rejects(
      decode({ transferSyntaxUID: mpeg2, pixelData: [new Uint8Array(4)] }),
      refusal('UNSUPPORTED_TRANSFER_SYNTAX'),
    );
  });

  it('refuses a transfer syntax that contradicts the pixel data', async () => {
    await assert.rejects(decode({ pixelData: [new Uint8Array(4)] }), refusal('MALFORMED'));
    await assert.rejects(
      decode({ transferSyntaxUID: '1.2.840.10008.1.2.5' }),
      refusal('MALFORMED'),
    );
  });

  for (const syntax of ['5', '4.50', '4.51', '4.57', '4.70', '4.80', '4.81', '4.90', '4.91']) {
    it(`calls rubbish in place of a codestream corrupt (1.2.840.10008.1.2.${syntax})`, async () => {
      const transferSyntaxUID = `1.2.840.10008.1.2.${syntax}`;
      for (const length of [2, 40, 400]) {
        const fragment = Uint8Array.from({ length }, (_, index) => (index * 97) & 0xff);
        await assert.rejects(
          decode({ transferSyntaxUID, pixelData: [fragment] }),
          refusal('CORRUPT_PIXEL_DATA'),
        );
      }
      await assert.rejects(decode({ transferSyntaxUID, pixelData: [] }), refusal('NO_PIXEL_DATA'));
    });
  }
});
