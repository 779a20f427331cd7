import assert from 'node:assert/strict';
import dcmjs from 'dcmjs';
import { dictionary as ofDcmjs } from 'dcmjs/dictionary';
import { dictionary } from '../../src/dicom/dictionary.js';
import { dictionaryVr, isValueRepresentation } from '../../src/dicom/dictionary-vr.js';

describe('data dictionary', () => {
  it('finds an attribute by keyword and by every spelling of its number', () => {
    const modality = { tag: '00080060', keyword: 'Modality', vr: 'CS' };
    for (const name of ['Modality', '0008,0060', '(0008,0060)', '00080060', '0008, 0060']) {
      assert.deepEqual(dictionary.find(name), modality, name);
    }
    assert.equal(dictionary.find('0018a001')?.keyword, 'ContributingEquipmentSequence');
  });

  it('has the keywords of dcmjs (node scripts/publish-dictionary.mjs)', () => {
    const entries = Object.values(dcmjs.data.DicomMetaDictionary.nameMap);
    assert.ok(entries.length > 5000, 'the dictionary is read');
    for (const { tag, vr, name } of entries) {
      const plain = tag.replaceAll(/[(),]/g, '').toUpperCase();
      assert.deepEqual(dictionary.find(name), { tag: plain, keyword: name, vr });
      assert.deepEqual(dictionary.find(plain), { tag: plain, keyword: name, vr });
    }
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

describe('value representations that a file does not say', () => {
  it('are those of dcmjs (node scripts/publish-dictionary.mjs)', () => {
    const entries = Object.entries(ofDcmjs).flatMap(([key, entry]) => {
      const [, group = '', element = ''] = /^\(([0-9A-F]{4}),([0-9A-F]{4})\)$/.exec(key) ?? [];
      const isPlain = element !== '0000' && !group.startsWith('60') && /[02468ACE]$/.test(group);
      return isPlain && entry ? [{ tag: group + element, vr: entry.vr }] : [];
    });
    assert.ok(entries.length > 5000, 'the dictionary is read');
    for (const { tag, vr } of entries) {
      const found = dictionaryVr(tag, false);
      if (isValueRepresentation(vr)) assert.equal(found, vr, tag);
      else assert.ok(isValueRepresentation(found), tag);
    }
  });

  it('are UN for what the dictionary lacks, and chosen by the pixels where it leaves a choice', () => {
    assert.equal(dictionaryVr('00080061', false), 'CS');
    assert.equal(dictionaryVr('0008FFFE', false), 'UN');
    assert.equal(dictionaryVr('00280106', false), 'US');
    assert.equal(dictionaryVr('00280106', true), 'SS');
  });
});
