import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import { numbersOf, textOf } from '../../src/domain/dicom-json.js';
import type { ErrorCode } from '../../src/domain/errors.js';
import { Tag } from '../../src/domain/tags.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import { syntheticDicom, us } from '../support/synthetic-dicom.js';

const refusal = (code: ErrorCode) => ({ name: 'ColouriseError', code });

describe('readInstance', () => {
  for (const [name, transferSyntaxUID] of [
    ['Implicit VR Little Endian', '1.2.840.10008.1.2'],
    ['Explicit VR Little Endian', '1.2.840.10008.1.2.1'],
    ['Explicit VR Big Endian', '1.2.840.10008.1.2.2'],
  ] as const) {
    it(`gives the DICOM JSON model of ${name}`, () => {
      const { attributes, ...instance } = readInstance(
        syntheticDicom({
          transferSyntaxUID,
          elements: {
            '00283010': {
              tag: '00283010',
              vr: 'SQ',
              value: [[us('00283002', 2, 0, 8), us('00283006', 0, 255)]],
            },
          },
        }),
      );
      assert.equal(instance.transferSyntaxUID, transferSyntaxUID);
      assert.deepEqual(attributes[Tag.PatientName], {
        vr: 'PN',
        Value: [{ Alphabetic: 'Phantom^Ramp' }],
      });
      assert.deepEqual(attributes[Tag.Rows], { vr: 'US', Value: [8] });
      assert.deepEqual(attributes[Tag.WindowCenter], { vr: 'DS', Value: ['2048'] });
      const item = attributes[Tag.VOILUTSequence]?.Value?.[0];
      assert.deepEqual((item as typeof attributes)[Tag.LUTDescriptor], {
        vr: 'US',
        Value: [2, 0, 8],
      });
      assert.equal(attributes[Tag.PixelData], undefined);
      assert.equal(attributes[Tag.TransferSyntaxUID], undefined);
    });
  }

  it('keeps every digit and exponent of decimal strings', () => {
    const { attributes } = readInstance(
      syntheticDicom({
        elements: { '00281053': { tag: '00281053', vr: 'DS', value: '1.2345678901E-03' } },
      }),
    );
    assert.equal(textOf(attributes, Tag.RescaleSlope), '1.2345678901E-03');
    assert.deepEqual(numbersOf(attributes, Tag.RescaleSlope), [0.0012345678901]);
  });

  it('reads signed descriptors as PixelRepresentation demands in implicit encodings', () => {
    const { attributes } = readInstance(
      syntheticDicom({
        transferSyntaxUID: '1.2.840.10008.1.2',
        elements: { '00280103': us('00280103', 1), '00280120': us('00280120', -2000) },
      }),
    );
    assert.deepEqual(attributes[Tag.PixelPaddingValue], { vr: 'SS', Value: [-2000] });
  });

  it('decodes nested text with the character set of its item', () => {
    const text = (value: string) => ({ tag: '00104000', vr: 'LT', value });
    const { attributes } = readInstance(
      syntheticDicom({
        elements: {
          '00080005': { tag: '00080005', vr: 'CS', value: 'ISO_IR 144' },
          '00102160': { tag: '00102160', vr: 'SH', value: '\xbb\xee' },
          '00400275': {
            tag: '00400275',
            vr: 'SQ',
            value: [
              [text('\xbb\xee')],
              [{ tag: '00080005', vr: 'CS', value: 'ISO_IR 100' }, text('\xfc')],
            ],
          },
        },
      }),
    );
    const comments = attributes['00400275']?.Value?.map((item) =>
      textOf(item as typeof attributes, '00104000'),
    );
    assert.deepEqual(comments, ['Лю', 'ü']);
    assert.equal(textOf(attributes, '00102160'), 'Лю');
  });

  it('leaves the pixel data where it is', () => {
    const bytes = syntheticDicom();
    const { pixelData } = readInstance(bytes);
    assert.ok(pixelData?.kind === 'native');
    assert.equal(pixelData.bytes.buffer, bytes.buffer);
    assert.equal(pixelData.bytes.length, 256);
  });

  it('ignores what follows the pixel data', () => {
    const bytes = Buffer.concat([syntheticDicom(), Buffer.alloc(7)]);
    assert.equal(readInstance(bytes).pixelData?.kind, 'native');
  });

  it('reads a file that lost its preamble', () => {
    const { attributes } = readInstance(
      Buffer.concat([
        Buffer.from('02000100 4f420000 02000000 0001'.replaceAll(' ', ''), 'hex'),
        syntheticDicom().subarray(132),
      ]),
    );
    assert.equal(textOf(attributes, Tag.Modality), 'CR');
  });

  it('refuses bytes that are no DICOM', () => {
    assert.throws(() => readInstance(new Uint8Array()), refusal('NOT_DICOM'));
    assert.throws(() => readInstance(Buffer.from('GIF89a')), refusal('NOT_DICOM'));
    assert.throws(() => readInstance(new Uint8Array(4096)), refusal('NOT_DICOM'));
  });

  it('calls a file that ends anywhere too early truncated', () => {
    const bytes = syntheticDicom();
    for (const length of [132, 140, 160, bytes.length - 256 - 3, bytes.length - 1]) {
      assert.throws(
        () => readInstance(bytes.subarray(0, length)),
        refusal('TRUNCATED'),
        `${length}`,
      );
    }
    const cutFragment = syntheticDicom({
      transferSyntaxUID: '1.2.840.10008.1.2.5',
      pixelData: [new Uint8Array(100)],
    });
    assert.throws(() => readInstance(cutFragment.subarray(0, -50)), refusal('TRUNCATED'));
  });

  it('refuses instances without the three UIDs', () => {
    for (const tag of [Tag.StudyInstanceUID, Tag.SeriesInstanceUID, Tag.SOPInstanceUID]) {
      const missing = syntheticDicom({ elements: { [tag]: undefined } });
      assert.throws(() => readInstance(missing), refusal('MISSING_UID'));
      const empty = syntheticDicom({ elements: { [tag]: { tag, vr: 'UI', value: '' } } });
      assert.throws(() => readInstance(empty), refusal('MISSING_UID'));
    }
  });

  it('refuses a value representation that does not exist', () => {
    const bytes = syntheticDicom();
    bytes.set(Buffer.from('??'), bytes.length - 256 - 12 - 12 + 4);
    assert.throws(() => readInstance(bytes), refusal('MALFORMED'));
  });

  it('bounds what deflated data may unfold to', () => {
    const deflated = (body: Uint8Array) => {
      const file = syntheticDicom({ transferSyntaxUID: '1.2.840.10008.1.2.1.99' });
      const bodyStart = 132 + 8 + '1.2.840.10008.1.2.1.99'.length;
      return Buffer.concat([file.subarray(0, bodyStart), deflateRawSync(body)]);
    };
    const bodyStart = 132 + 8 + 20;
    const radiograph = syntheticDicom().subarray(bodyStart);
    assert.equal(readInstance(deflated(radiograph)).pixelData?.kind, 'native');
    assert.throws(
      () => readInstance(deflated(new Uint8Array(129 * 1024 * 1024))),
      refusal('TOO_LARGE'),
    );
    assert.throws(() => readInstance(deflated(radiograph).subarray(0, -20)), refusal('TRUNCATED'));
  });

  it('survives sequences nested deeper than any stack', () => {
    const depth = 100_000;
    const opening = Buffer.from(
      '0800 4011 5351 0000 ffffffff feff00e0 ffffffff'.replaceAll(' ', ''),
      'hex',
    );
    const bytes = Buffer.concat([
      syntheticDicom().subarray(0, 160),
      ...Array.from({ length: depth }, () => opening),
    ]);
    assert.throws(() => readInstance(bytes), { name: 'ColouriseError' });
  });

  it('gives up on megabytes of empty items before they fill the memory', () => {
    const items = Buffer.alloc(8 * 1_000_000);
    for (let at = 0; at < items.length; at += 8) items.writeUInt32LE(0xe000fffe, at);
    const bytes = syntheticDicom({
      elements: { '00400275': { tag: '00400275', vr: 'SQ', value: items } },
    });
    assert.throws(() => readInstance(bytes), refusal('MALFORMED'));
  });
});
