import assert from 'node:assert/strict';
import { parseRules } from '../../src/config/load-rules.js';
import type { DicomDataset } from '../../src/domain/dicom-json.js';
import { decide } from '../../src/domain/rules/decide.js';
import type { Truth } from '../../src/domain/rules/truth.js';
import { dataset } from '../support/datasets.js';

/** Truth of one condition, written in YAML flow style. */
function truth(condition: string, attributes: DicomDataset): Truth {
  const rules = parseRules(`rules: [{ name: r, when: ${condition}, skip: s }]`, 'rules.yaml');
  const { explanation } = decide(rules, attributes);
  assert(explanation.kind !== 'clause');
  return explanation.parts[0]?.truth ?? 'unknown';
}

/** [condition, data set, truth] */
type Row = readonly [string, Parameters<typeof dataset>[0], Truth];

const tables: Readonly<Record<string, readonly Row[]>> = {
  'compares text without regard to case and padding': [
    ['{ BodyPartExamined: chest }', { BodyPartExamined: 'CHEST ' }, 'true'],
    ['{ BodyPartExamined: CHEST }', { BodyPartExamined: 'CHESTABDOMEN' }, 'false'],
    [
      '{ SOPClassUID: 1.2.840.10008.5.1.4.1.1.1 }',
      { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1\0' },
      'true',
    ],
    ['{ "0008,0060": cr }', { Modality: 'CR' }, 'true'],
    ['{ "(0008,0060)": cr }', { Modality: 'CR' }, 'true'],
    ['{ InstitutionName: "h\u00f4pital" }', { InstitutionName: 'HO\u0302PITAL' }, 'true'],
  ],
  'is unknown about a missing or empty tag, except for exists': [
    ['{ ViewPosition: PA }', {}, 'unknown'],
    ['{ ViewPosition: PA }', { ViewPosition: '' }, 'unknown'],
    ['{ ViewPosition: PA }', { ViewPosition: null }, 'unknown'],
    ['{ not: { ViewPosition: { in: [LL, RL] } } }', {}, 'unknown'],
    ['{ ViewPosition: { exists: false } }', { ViewPosition: ' ' }, 'true'],
    ['{ ViewPosition: { exists: true } }', {}, 'false'],
    ['{ ViewPosition: { exists: true } }', { ViewPosition: 'PA' }, 'true'],
    ['{ ViewCodeSequence: { exists: true } }', { ViewCodeSequence: {} }, 'true'],
  ],
  'matches a multi-valued attribute when any value does': [
    ['{ ImageType: SECONDARY }', { ImageType: ['DERIVED', 'SECONDARY'] }, 'true'],
    ['{ ImageType: [PRIMARY, AXIAL] }', { ImageType: ['DERIVED', 'SECONDARY'] }, 'false'],
    ['{ PixelSpacing: { range: { to: 0.15 } } }', { PixelSpacing: [0.2, '0.143'] }, 'true'],
  ],
  'reads numbers of every numeric VR': [
    ['{ Rows: 2500 }', { Rows: 2500 }, 'true'],
    ['{ WindowWidth: 1.5 }', { WindowWidth: '+1.50E0 ' }, 'true'],
    ['{ SeriesNumber: { in: [1, 2] } }', { SeriesNumber: '002' }, 'true'],
    ['{ KVP: { range: { from: 90, to: 130 } } }', { KVP: '125' }, 'true'],
    ['{ KVP: { range: { from: 90 } } }', { KVP: 60 }, 'false'],
    ['{ KVP: { range: { from: 90 } } }', { KVP: 'high' }, 'unknown'],
    ['{ KVP: 0 }', { KVP: '' }, 'unknown'],
  ],
  'compares dates by day': [
    ['{ StudyDate: 2026-02-28 }', { StudyDate: '20260228' }, 'true'],
    [
      '{ StudyDate: { range: { from: 20260101, to: 2026-12-31 } } }',
      { StudyDate: '20261231' },
      'true',
    ],
    ['{ StudyDate: { range: { to: 2025-12-31 } } }', { StudyDate: '2026.01.01' }, 'false'],
    ['{ StudyDate: { range: { to: 2025-12-31 } } }', { StudyDate: '20260230' }, 'unknown'],
  ],
  'compares times by their precision': [
    [
      '{ StudyTime: { range: { from: "07:00", to: "18:59" } } }',
      { StudyTime: '185959.999999' },
      'true',
    ],
    ['{ StudyTime: { range: { from: "07:00", to: "18:59" } } }', { StudyTime: '1900' }, 'false'],
    ['{ StudyTime: { range: { from: "07:30" } } }', { StudyTime: '07' }, 'unknown'],
    [
      '{ AcquisitionDateTime: { range: { from: 2026-03-01T12:00 } } }',
      { AcquisitionDateTime: '20260301130000+0200' },
      'false',
    ],
    [
      '{ AcquisitionDateTime: { range: { from: 2026-03-01 } } }',
      { AcquisitionDateTime: '20260301' },
      'true',
    ],
  ],
  'compares ages in completed units': [
    ['{ PatientAge: { range: { from: 18Y } } }', { PatientAge: '018Y' }, 'true'],
    ['{ PatientAge: { range: { to: 17Y } } }', { PatientAge: '215M' }, 'true'],
    ['{ PatientAge: { range: { from: 12M } } }', { PatientAge: '001Y' }, 'true'],
    ['{ PatientAge: { range: { from: 18M } } }', { PatientAge: '001Y' }, 'unknown'],
    ['{ PatientAge: { range: { to: 2W } } }', { PatientAge: '010D' }, 'true'],
  ],
  'compares person names by group and by component': [
    ['{ PatientName: DOE^JANE }', { PatientName: [{ Alphabetic: 'Doe^Jane^^^' }] }, 'true'],
    ['{ PatientName.family: phantom }', { PatientName: [{ Alphabetic: 'Phantom^Chest' }] }, 'true'],
    ['{ PatientName.given: phantom }', { PatientName: [{ Alphabetic: 'Phantom^Chest' }] }, 'false'],
    ['{ PatientName.middle: x }', { PatientName: [{ Alphabetic: 'Phantom^Chest' }] }, 'unknown'],
    [
      '{ PatientName.family: "\u5c71\u7530" }',
      { PatientName: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '\u5c71\u7530^\u592a\u90ce' }] },
      'true',
    ],
    ['{ PatientName: { matches: "^test" } }', { PatientName: 'TEST^A=x^y' }, 'true'],
  ],
  'reads attributes inside sequences': [
    [
      '{ ViewCodeSequence.CodeValue: R-10206 }',
      { ViewCodeSequence: dataset({ CodeValue: 'R-10206' }) },
      'true',
    ],
    [
      '{ ViewCodeSequence.CodeValue: R-10206 }',
      { ViewCodeSequence: [dataset({ CodeValue: 'x' }), dataset({})] },
      'unknown',
    ],
    [
      '{ ViewCodeSequence.CodeValue: R-10206 }',
      { ViewCodeSequence: [dataset({ CodeValue: 'x' })] },
      'false',
    ],
    ['{ ViewCodeSequence.CodeValue: R-10206 }', {}, 'unknown'],
    [
      '{ "0054,0220.0008,0100": R-10206 }',
      { ViewCodeSequence: dataset({ CodeValue: 'R-10206' }) },
      'true',
    ],
  ],
  'joins the entries of one mapping with and': [
    ['{ Modality: CR, ViewPosition: PA }', { Modality: 'CR', ViewPosition: 'AP' }, 'false'],
    ['{ Modality: CR, not: { ViewPosition: LL } }', { Modality: 'CR', ViewPosition: 'AP' }, 'true'],
    ['{ StudyDescription: { matches: chest, exists: true } }', {}, 'false'],
  ],
};

describe('rule conditions', () => {
  for (const [fact, rows] of Object.entries(tables)) {
    it(fact, () => {
      for (const [condition, attributes, expected] of rows) {
        assert.equal(truth(condition, dataset(attributes)), expected, condition);
      }
    });
  }

  it('calls bulk data and binary values unreadable, yet existing', () => {
    const attributes: DicomDataset = {
      '00104000': { vr: 'LT', BulkDataURI: 'http://archive/bulk' },
      '00091010': { vr: 'UN', InlineBinary: 'AAAA' },
    };
    assert.equal(truth('{ PatientComments: { matches: x } }', attributes), 'unknown');
    assert.equal(truth('{ PatientComments: { exists: true } }', attributes), 'true');
    assert.equal(truth('{ "0009,1010": x }', attributes), 'unknown');
  });

  it('compares private attributes as the rule writes them', () => {
    const attributes: DicomDataset = {
      '00091001': { vr: 'DS', Value: ['7.0'] },
      '00091002': { vr: 'LO', Value: ['Chest PA'] },
    };
    assert.equal(truth('{ "0009,1001": 7 }', attributes), 'true');
    assert.equal(truth('{ "0009,1001": { range: { from: 8 } } }', attributes), 'false');
    assert.equal(truth('{ "0009,1002": chest pa }', attributes), 'true');
  });
});
