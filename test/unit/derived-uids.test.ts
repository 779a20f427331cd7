import assert from 'node:assert/strict';
import { deriveDeviceUid, deriveUids, jobId } from '../../src/dicom/derived-uids.js';
import type { InstanceRef, Rendering } from '../../src/domain/job.js';
import { exampleRendering } from '../support/derivation.js';

const rendering = exampleRendering;
const source: InstanceRef = {
  StudyInstanceUID: '1.2.3',
  SeriesInstanceUID: '1.2.3.4',
  SOPInstanceUID: '1.2.3.4.5',
};
const otherRenderings: readonly Rendering[] = [
  { ...rendering, model: 'autoencoder' },
  { ...rendering, modelVersion: '1.0.1' },
  { ...rendering, palette: 'amber' },
  { ...rendering, strength: 0.5 },
  { ...rendering, banner: true },
  { ...rendering, window: 2 },
  { ...rendering, modality: 'OT' },
  { ...rendering, display: 'gsdf' },
  { ...rendering, contours: [0.25, 0.5] },
  { ...rendering, contours: [0.25] },
  { ...rendering, compression: 'rle' },
  { ...rendering, compression: 'jpeg-ls' },
  { ...rendering, compression: 'jpeg-2000' },
];

describe('derived UIDs', () => {
  it('are the same for the same work, whatever the order of its keys', () => {
    const reversed = Object.fromEntries(
      Object.entries(rendering).reverse(),
    ) as unknown as Rendering;
    assert.deepEqual(deriveUids(source, reversed), deriveUids(source, rendering));
    assert.equal(jobId(source, reversed), jobId(source, rendering));
  });

  it('differ for every setting that changes the result', () => {
    const all = [rendering, ...otherRenderings].map((each) => deriveUids(source, each));
    assert.equal(new Set(all.map((uids) => uids.SeriesInstanceUID)).size, all.length);
    assert.equal(new Set(all.map((uids) => uids.SOPInstanceUID)).size, all.length);
    const ids = [rendering, ...otherRenderings].map((each) => jobId(source, each));
    assert.equal(new Set(ids).size, ids.length);
  });

  it('put two images of a series into one colour series', () => {
    const first = deriveUids(source, rendering);
    const second = deriveUids({ ...source, SOPInstanceUID: '1.2.3.4.6' }, rendering);
    assert.equal(first.SeriesInstanceUID, second.SeriesInstanceUID);
    assert.notEqual(first.SOPInstanceUID, second.SOPInstanceUID);
  });

  it('never confuse a series with an instance of the same UID', () => {
    const uids = deriveUids({ ...source, SeriesInstanceUID: source.SOPInstanceUID }, rendering);
    assert.notEqual(uids.SeriesInstanceUID, uids.SOPInstanceUID);
  });

  it('are valid UIDs of at most 64 characters that stand for a UUID of version 8', () => {
    for (let i = 0; i < 500; i += 1) {
      const uids = deriveUids({ ...source, SOPInstanceUID: `1.2.${i}` }, rendering);
      for (const uid of [
        uids.SeriesInstanceUID,
        uids.SOPInstanceUID,
        deriveDeviceUid(`host${i}`),
      ]) {
        assert.match(uid, /^2\.25\.[1-9][0-9]{0,38}$/);
        const hex = BigInt(uid.slice(5)).toString(16).padStart(32, '0');
        assert.match(hex, /^.{12}8.{3}[89ab].{15}$/);
      }
    }
  });

  it('do not change from release to release', () => {
    // Computed with Python: hashlib.sha256(json.dumps([...], separators=(',', ':'))) and uuid.UUID(...).int
    assert.equal(
      deriveUids(source, rendering).SOPInstanceUID,
      '2.25.307989712236963888827843959897566940265',
    );
    assert.equal(
      deriveUids(source, rendering).SeriesInstanceUID,
      '2.25.262124630216309232922719515845840265455',
    );
    assert.equal(
      deriveUids(source, { ...rendering, compression: 'jpeg-ls' }).SOPInstanceUID,
      '2.25.64996495410385296418830693258876863706',
    );
    assert.equal(jobId(source, rendering), '91a4ea1ab154d2b2982533f6f276bf4f');
  });
});
