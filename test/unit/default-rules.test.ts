import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRules, parseRules } from '../../src/config/load-rules.js';
import { decide } from '../../src/domain/rules/decide.js';
import { dataset } from '../support/datasets.js';

const file = join(import.meta.dirname, '../../../config/rules.yaml');

/** Tags as public collections and archives carry them, and what becomes of the image. */
const found: readonly (readonly [string, Parameters<typeof dataset>[0]])[] = [
  ['colourise frontal-chest', { Modality: 'CR', BodyPartExamined: 'CHEST' }],
  [
    'colourise frontal-chest',
    { Modality: 'DX', BodyPartExamined: 'CHEST', StudyDescription: 'Effusion' },
  ],
  [
    'colourise frontal-chest',
    {
      Modality: 'CR',
      BodyPartExamined: 'CHEST',
      ViewPosition: 'PA',
      SeriesDescription: 'view: PA',
    },
  ],
  [
    'colourise frontal-chest',
    { Modality: 'DX', BodyPartExamined: 'THORAX', SeriesDescription: 'CHEST' },
  ],
  [
    'colourise frontal-chest',
    { Modality: 'CR', BodyPartExamined: 'PORT CHEST', ViewPosition: 'AP' },
  ],
  ['colourise frontal-chest', { Modality: 'DX', StudyDescription: 'CXR bedside' }],
  [
    'colourise frontal-chest',
    {
      Modality: 'DX',
      BodyPartExamined: 'CHEST',
      ViewPosition: 'PA',
      SeriesDescription: 'Thorax PA/LAT',
    },
  ],
  [
    'colourise frontal-chest',
    { Modality: 'DX', BodyPartExamined: 'CHEST', SeriesDescription: 'Chest PA + lat' },
  ],
  [
    'colourise frontal-chest',
    { Modality: 'DX', BodyPartExamined: 'CHEST', PresentationIntentType: 'FOR PRESENTATION' },
  ],
  ['RULE not-frontal', { Modality: 'CR', BodyPartExamined: 'CHEST', ViewPosition: 'LL' }],
  ['RULE not-frontal', { Modality: 'DX', BodyPartExamined: 'CHEST', ViewPosition: 'LATERAL' }],
  [
    'RULE not-frontal',
    {
      Modality: 'DX',
      BodyPartExamined: 'CHEST',
      ViewCodeSequence: dataset({ CodeMeaning: 'left lateral' }),
    },
  ],
  [
    'RULE not-frontal',
    { Modality: 'DX', BodyPartExamined: 'CHEST', SeriesDescription: 'Chest LAT' },
  ],
  [
    'RULE other-body-part',
    { Modality: 'CR', BodyPartExamined: 'HAND', StudyDescription: 'chest and hand' },
  ],
  ['RULE other-body-part', { Modality: 'DX', BodyPartExamined: 'RIBCAGE' }],
  ['RULE other-body-part', { Modality: 'CR', BodyPartExamined: 'CSPINE', ViewPosition: 'LL' }],
  ['RULE not-a-radiograph', { Modality: 'MG', BodyPartExamined: 'BREAST' }],
  ['RULE not-a-radiograph', { Modality: 'CT', BodyPartExamined: 'CHEST' }],
  [
    'RULE raw-data',
    { Modality: 'DX', BodyPartExamined: 'CHEST', PresentationIntentType: 'FOR PROCESSING' },
  ],
  [
    'UNKNOWN everything-else',
    {
      Modality: 'CR',
      StudyDescription: 'No Finding',
      SeriesDescription: 'x',
      ProtocolName: 'y',
      BodyPartExamined: '',
    },
  ],
  ['UNKNOWN everything-else', { Modality: 'DX' }],
  ['UNKNOWN everything-else', { BodyPartExamined: 'CHEST', ViewPosition: 'PA' }],
];

describe('default rules', () => {
  for (const [expected, attributes] of found) {
    it(`decide ${expected} on ${JSON.stringify(attributes).slice(0, 100)}`, async () => {
      const decision = decide(await loadRules(file), dataset(attributes));
      const what = decision.decision === 'skip' ? decision.code : decision.decision;
      assert.equal(`${what} ${decision.rule}`, expected, decision.reason);
    });
  }
});

describe('the examples of docs/rules.md', () => {
  it('are rules without a fault', async () => {
    const page = await readFile(join(file, '../../docs/rules.md'), 'utf8');
    const examples = [...page.matchAll(/^```yaml\n(rules:[^]*?)^```$/gm)];
    assert.ok(examples.length >= 2);
    for (const [, text = ''] of examples) parseRules(text, 'docs/rules.md');
  });
});
