import assert from 'node:assert/strict';
import { dictionary } from '../../src/dicom/dictionary.js';

describe('data dictionary', () => {
  it('finds an attribute by keyword and by every spelling of its number', () => {
    const modality = { tag: '00080060', keyword: 'Modality', vr: 'CS' };
    for (const name of ['Modality', '0008,0060', '(0008,0060)', '00080060', '0008, 0060']) {
      assert.deepEqual(dictionary.find(name), modality, name);
    }
    assert.equal(dictionary.find('0018a001')?.keyword, 'ContributingEquipmentSequence');
  });

  it('knows private tags by their number alone', () => {
    assert.deepEqual(dictionary.find('0009,10ab'), {
      tag: '000910AB',
      keyword: '0009,10AB',
      vr: 'UN',
    });
  });

  it('knows nothing else', () => {
    for (const name of ['modality', 'toString', '__proto__', '0008,0061x', '', '0008,ffff']) {
      assert.equal(dictionary.find(name), undefined, name);
    }
  });

  it('suggests what was meant', () => {
    assert.equal(dictionary.suggest('modality'), 'Modality');
    assert.equal(dictionary.suggest('BodyPartExamind'), 'BodyPartExamined');
  });
});
