import assert from 'node:assert/strict';
import dcmjs from 'dcmjs';
import { makeChestPhantom } from '../../src/phantom/chest-phantom.js';
import { phantomInstance } from '../../src/phantom/phantom-instance.js';

const identity = {
  PatientName: 'Phantom^Clear',
  PatientID: 'PHANTOM-1',
  StudyInstanceUID: '2.25.1',
  SeriesInstanceUID: '2.25.2',
  SOPInstanceUID: '2.25.3',
};

describe('phantom instance', () => {
  it('reads back with another reader: names, sizes and every sample', () => {
    const phantom = makeChestPhantom({ seed: 1, Columns: 121, Rows: 145 });
    const bytes = phantomInstance(phantom, identity);
    const { meta, dict } = dcmjs.data.DicomMessage.readFile(bytes.slice().buffer);
    assert.equal(meta['00020010']?.Value[0], '1.2.840.10008.1.2.1');
    assert.equal(dict['0020000D']?.Value[0], '2.25.1');
    assert.equal(dict['00280010']?.Value[0], 145);
    assert.equal(dict['00280011']?.Value[0], 121);
    const pixels = dict['7FE00010']?.Value[0] as ArrayBuffer;
    assert.deepEqual(new Uint16Array(pixels), phantom.samples);
  });

  it('says INVERSE for MONOCHROME1', () => {
    const phantom = makeChestPhantom({
      seed: 1,
      Columns: 60,
      Rows: 72,
      photometric: 'MONOCHROME1',
    });
    const bytes = phantomInstance(phantom, identity);
    const { dict } = dcmjs.data.DicomMessage.readFile(bytes.slice().buffer);
    assert.equal(dict['00280004']?.Value[0], 'MONOCHROME1');
    assert.equal(dict['20500020']?.Value[0], 'INVERSE');
  });
});
