import assert from 'node:assert/strict';
import { decodeFrame } from '../../src/dicom/decode-frame.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import { textOf } from '../../src/domain/dicom-json.js';
import { Tag } from '../../src/domain/tags.js';
import { largestDifference, converted, shownByDcmtk } from '../support/dcmtk.js';
import { encodedRadiographs, encodedValues, type EncodedRadiograph } from '../support/encodings.js';
import { shown } from '../support/shown.js';

const limits = { maxPixels: 1_000_000 };

describe('every transfer syntax, as DCMTK and GDCM write it', function () {
  this.timeout(60_000);
  let radiographs: readonly EncodedRadiograph[] = [];

  before(async () => {
    radiographs = await encodedRadiographs();
  });

  it('gives the stored values back where it is lossless', async () => {
    for (const { name, bytes } of radiographs.filter(({ lossy }) => !lossy)) {
      const frame = await decodeFrame(readInstance(bytes), limits);
      assert.deepEqual([...frame.samples], [...encodedValues], name);
      assert.equal(frame.lossy, false, name);
    }
  });

  it('gives the header back', () => {
    for (const { name, bytes } of radiographs) {
      const { attributes } = readInstance(bytes);
      assert.deepEqual(attributes[Tag.PatientName]?.Value, [{ Alphabetic: 'Phantom^Ramp' }], name);
      assert.equal(textOf(attributes, Tag.Modality), 'CR', name);
    }
  });

  it('shows what DCMTK shows, within one grey code', async () => {
    for (const { name, bytes, path } of radiographs) {
      const result = await shown(bytes);
      assert.ok('displayed' in result, name);
      const readable = /JPEG-LS|2000/.test(name)
        ? await converted('gdcmconv', ['--raw'], path)
        : path;
      const theirs = await shownByDcmtk(readable, ['+Wi', '1']);
      assert.ok(largestDifference(result.displayed.image.grey, theirs.grey) <= 1, name);
    }
  });

  it('stays within one grey code of the lossless picture where it is lossy and says so', async () => {
    const reference = radiographs.find(({ name }) => name === 'Explicit VR Little Endian');
    const original = await shown(reference?.bytes ?? new Uint8Array());
    assert.ok('displayed' in original);
    for (const { name, bytes } of radiographs.filter(({ lossy }) => lossy)) {
      const result = await shown(bytes);
      assert.ok('displayed' in result, name);
      assert.equal(result.frame.lossy, true, name);
      // 8 bits for 12 cost another half a code.
      const allowed = name.startsWith('JPEG Baseline') ? 2 : 1;
      const grey = original.displayed.image.grey;
      assert.ok(largestDifference(result.displayed.image.grey, grey) <= allowed, name);
    }
  });

  it('calls cut codestreams truncated or corrupt, never a picture', async () => {
    for (const { name, bytes } of radiographs) {
      for (const share of [0.9, 0.97]) {
        const cut = bytes.subarray(0, Math.floor(bytes.length * share));
        await assert.rejects(
          async () => shown(cut),
          (error: { code?: string }) =>
            ['TRUNCATED', 'CORRUPT_PIXEL_DATA'].includes(error.code ?? ''),
          name,
        );
      }
    }
  });

  it('calls a codestream that ends early in its fragment corrupt, without searching for its end', async () => {
    for (const { name, bytes } of radiographs.filter(({ name }) => /^(JPEG|RLE)/.test(name))) {
      const instance = readInstance(bytes);
      assert.ok(instance.pixelData?.kind === 'encapsulated', name);
      const whole = Buffer.concat(instance.pixelData.fragments);
      const fragments = [whole.subarray(0, Math.floor(whole.length * 0.6))];
      const start = performance.now();
      const early = { ...instance, pixelData: { ...instance.pixelData, fragments } };
      await assert.rejects(decodeFrame(early, limits), { code: 'CORRUPT_PIXEL_DATA' }, name);
      // CharLS looks for a missing end in all of its memory unless it is given one.
      assert.ok(performance.now() - start < 5_000, name);
    }
  });

  it('refuses a codestream that is larger than its header says before decoding it', async () => {
    for (const { name, bytes } of radiographs.filter(({ name }) => name.startsWith('JPEG'))) {
      const instance = readInstance(bytes);
      const attributes = { ...instance.attributes, [Tag.Rows]: { vr: 'US', Value: [63] } };
      await assert.rejects(
        decodeFrame({ ...instance, attributes }, limits),
        { code: 'MALFORMED' },
        name,
      );
    }
  });

  it('decodes the next picture after a damaged one', async () => {
    for (const { name, bytes, lossy } of radiographs) {
      const damaged = Uint8Array.from(bytes);
      damaged.fill(0xff, damaged.length - 200, damaged.length - 40);
      await shown(damaged).catch(() => undefined);
      const frame = await decodeFrame(readInstance(bytes), limits);
      if (!lossy) assert.deepEqual([...frame.samples], [...encodedValues], name);
    }
  });

  it('decodes several pictures at once, damaged ones among them', async () => {
    const jpegs = radiographs.filter(({ name, lossy }) => name.startsWith('JPEG') && !lossy);
    const damagedOf = (bytes: Uint8Array) =>
      Uint8Array.from(bytes).fill(0xff, bytes.length - 400, bytes.length - 40);
    const frames = await Promise.all(
      jpegs.map(async ({ bytes }) => {
        const damaged = shown(damagedOf(bytes)).catch(() => undefined);
        const [frame] = await Promise.all([decodeFrame(readInstance(bytes), limits), damaged]);
        return frame;
      }),
    );
    for (const frame of frames) assert.deepEqual([...frame.samples], [...encodedValues]);
  });
});
