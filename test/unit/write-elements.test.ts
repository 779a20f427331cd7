import assert from 'node:assert/strict';
import dcmjs from 'dcmjs';
import { describeSecondaryCapture } from '../../src/dicom/secondary-capture.js';
import { writeElements } from '../../src/dicom/write-elements.js';
import type { DicomDataset, DicomValue, PersonName } from '../../src/domain/dicom-json.js';
import { exampleDerivation, exampleSource } from '../support/derivation.js';

/** The same data set as dcmjs writes it, without preamble and meta information. */
function byDcmjs(dataset: DicomDataset): Buffer {
  const meta = { '00020010': { vr: 'UI', Value: ['1.2.840.10008.1.2.1'] } };
  const file = new dcmjs.data.DicomDict(meta);
  const empty = file.write().byteLength;
  file.dict = forDcmjs(dataset);
  return Buffer.from(file.write({ allowInvalidVRLength: true })).subarray(empty);
}

function forDcmjs(dataset: DicomDataset) {
  return Object.fromEntries(
    Object.entries(dataset).map(([tag, { vr, Value = [], InlineBinary }]) => {
      const values = InlineBinary
        ? [Uint8Array.from(Buffer.from(InlineBinary, 'base64')).buffer]
        : Value.map((value) => valueForDcmjs(vr, value));
      return [tag, { vr, Value: values }];
    }),
  );
}

function valueForDcmjs(vr: string, value: DicomValue): unknown {
  if (vr === 'SQ') return forDcmjs(value as DicomDataset);
  if (vr !== 'PN') return value;
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = value as PersonName;
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '');
}

const hex = (dataset: DicomDataset) => writeElements(dataset).toString('hex');

describe('elements in Explicit VR Little Endian', () => {
  it('are written as dcmjs writes them, to the byte', () => {
    const bare = { '00080018': { vr: 'UI', Value: ['1.2.3'] } };
    const numbers: DicomDataset = {
      '00186020': { vr: 'SL', Value: [-5, 70_000] },
      '00189073': { vr: 'FD', Value: [0.1, -2.5] },
      '00280106': { vr: 'SS', Value: [-32_768] },
      '00289001': { vr: 'UL', Value: [4_294_967_295] },
      '00720076': { vr: 'FL', Value: [1.5] },
    };
    const texts: DicomDataset = {
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' }] },
      '00104000': { vr: 'LT', Value: ['odd'] },
      '00181164': { vr: 'DS', Value: ['0.143', '0.1430'] },
      '00324000': { vr: 'UT', Value: ['höher'] },
      '00080008': { vr: 'CS', Value: ['DERIVED', 'SECONDARY'] },
      '00080020': { vr: 'DA' },
    };
    const nested: DicomDataset = {
      '00082112': { vr: 'SQ', Value: [{ '0040A170': { vr: 'SQ', Value: [texts, bare] } }, {}] },
      '00089215': { vr: 'SQ' },
    };
    const whole = describeSecondaryCapture(
      exampleDerivation(exampleSource, { Rows: 3, Columns: 5 }),
    );
    for (const dataset of [bare, numbers, texts, nested, whole]) {
      assert.equal(hex(dataset), byDcmjs(dataset).toString('hex'));
    }
  });

  it('stand in the order of their tags, and are filled up with what PS3.5 6.2 says', () => {
    assert.equal(
      hex({
        '00281054': { vr: 'LO', Value: ['US1'] },
        '00080018': { vr: 'UI', Value: ['1.2'] },
        '00282000': { vr: 'OB', InlineBinary: Buffer.of(7).toString('base64') },
      }),
      '08001800554904' +
        '00312e3200' +
        '280054104c4f0400' +
        '55533120' +
        '280000204f420000020000000700',
    );
  });

  it('have tags and large whole numbers as PS3.5 6.2 says', () => {
    assert.equal(
      hex({ '00280009': { vr: 'AT', Value: ['00181063'] } }),
      '280009004154040018006310',
    );
    assert.equal(
      hex({ '0008040C': { vr: 'UV', Value: [258] } }),
      '08000c0455560000080000000201000000000000',
    );
  });

  it('are UN where they are too long for their VR, as PS3.5 6.2.2 says', () => {
    const long = writeElements({ '00104000': { vr: 'LT', Value: ['x'.repeat(70_001)] } });
    assert.equal(long.subarray(0, 12).toString('hex'), '10000040554e000072110100');
    assert.equal(long.length, 12 + 70_002);
  });
});
