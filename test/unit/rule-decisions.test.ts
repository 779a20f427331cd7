import assert from 'node:assert/strict';
import { parseRules } from '../../src/config/load-rules.js';
import { decide, type Explanation } from '../../src/domain/rules/decide.js';
import { dataset } from '../support/datasets.js';

const designed = parseRules(
  `rules:
  - name: frontal-chest
    when:
      all:
        - { Modality: { in: [CR, DX] } }
        - any:
            - { BodyPartExamined: { in: [CHEST, THORAX, LUNG] } }
            - { StudyDescription: { matches: "chest|thorax|cxr" } }
        - not: { ViewPosition: { in: [LL, RL, LATERAL] } }
    colourise: { model: evidence, palette: magenta }
    priority: 7
  - name: everything-else
    skip: "not a frontal chest radiograph"
`,
  'rules.yaml',
);

const rules = (text: string) => parseRules(text, 'rules.yaml');

function flatten(explanation: Explanation): readonly Explanation[] {
  return explanation.kind === 'clause'
    ? [explanation]
    : [explanation, ...explanation.parts.flatMap(flatten)];
}

describe('rule decisions', () => {
  it('colour by the first rule that matches and say which clauses decided', () => {
    const image = dataset({ Modality: 'DX', BodyPartExamined: 'CHEST', ViewPosition: 'PA' });
    const decision = decide(designed, image);
    assert(decision.decision === 'colourise');
    assert.equal(decision.rule, 'frontal-chest');
    assert.equal(decision.priority, 7);
    assert.equal(decision.recognise, false);
    assert.deepEqual(decision.actions, [{ model: 'evidence', palette: 'magenta' }]);
    assert.equal(decision.rulesVersion, designed.version);
    assert.equal(
      decision.reason,
      "rule 'frontal-chest': Modality DX in [CR, DX] and BodyPartExamined CHEST in [CHEST, THORAX, LUNG]" +
        ' and not (ViewPosition PA in [LL, RL, LATERAL])',
    );
  });

  it('name the missing tags of a rule that might have coloured', () => {
    const decision = decide(designed, dataset({ Modality: 'DX', BodyPartExamined: 'CHEST' }));
    assert(decision.decision === 'skip');
    assert.equal(decision.code, 'UNKNOWN');
    assert.equal(
      decision.reason,
      "rule 'everything-else': not a frontal chest radiograph; 'frontal-chest' unknown: ViewPosition missing",
    );
    assert.deepEqual(decision.undecided, [
      { rule: 'frontal-chest', verdict: 'colourise', attributes: ['ViewPosition missing'] },
    ]);
  });

  it('do not blame missing tags where another tag settles the matter', () => {
    const decision = decide(designed, dataset({ Modality: 'CT' }));
    assert(decision.decision === 'skip');
    assert.equal(decision.code, 'RULE');
    assert.deepEqual(decision.undecided, []);
  });

  it('tell apart no match and a match that was unknown', () => {
    const one = rules('rules: [{ name: r, when: { Modality: CR }, colourise: {} }]');
    const codes = [{ Modality: 'CT' }, {}].map((attributes) => {
      const decision = decide(one, dataset(attributes));
      return decision.decision === 'skip' ? decision.code : decision.decision;
    });
    assert.deepEqual(codes, ['NO_RULE_MATCHED', 'UNKNOWN']);
  });

  it('make one action for each model of a rule', () => {
    const two = rules(
      'rules: [{ name: r, colourise: [{ model: evidence, version: "1.0.0" }, { model: unet-resnet18, strength: 0.5 }] }]',
    );
    const decision = decide(two, {});
    assert(decision.decision === 'colourise');
    assert.deepEqual(decision.actions, [
      { model: 'evidence', version: '1.0.0' },
      { model: 'unet-resnet18', strength: 0.5 },
    ]);
    assert.equal(decision.priority, 5);
    assert.equal(decision.reason, "rule 'r': every image");
  });

  it('leave inconclusive tags to the image check where the rule says recognise', () => {
    const asking = rules(
      'rules: [{ name: looks, when: { Modality: CR, BodyPartExamined: CHEST }, recognise: true, colourise: {} }]',
    );
    const inconclusive = decide(asking, dataset({ Modality: 'CR' }));
    assert(inconclusive.decision === 'colourise');
    assert.equal(inconclusive.recognise, true);
    assert.equal(
      inconclusive.reason,
      "rule 'looks': left to the image check, BodyPartExamined missing",
    );
    const conclusive = decide(asking, dataset({ Modality: 'CR', BodyPartExamined: 'CHEST' }));
    assert(conclusive.decision === 'colourise');
    assert.equal(conclusive.recognise, false);
    assert.equal(decide(asking, dataset({ BodyPartExamined: 'HAND' })).decision, 'skip');
  });

  it('explain every considered rule with the tags it read', () => {
    const { explanation } = decide(designed, dataset({ Modality: 'MG' }));
    assert.deepEqual(
      flatten(explanation).map(({ text, truth }) => [text, truth]),
      [
        ['first match of', 'true'],
        ["rule 'frontal-chest'", 'false'],
        ['all of', 'false'],
        ['Modality in [CR, DX]', 'false'],
        ['any of', 'unknown'],
        ['BodyPartExamined in [CHEST, THORAX, LUNG]', 'unknown'],
        ['StudyDescription matches chest|thorax|cxr', 'unknown'],
        ['not', 'unknown'],
        ['ViewPosition in [LL, RL, LATERAL]', 'unknown'],
        ["rule 'everything-else'", 'true'],
      ],
    );
  });

  it('never show what could name a patient, neither from the image nor from the rule', () => {
    const nosy = rules(
      'rules: [{ name: r, when: { PatientName: { matches: secret }, PatientID: [S1, secret2], PatientBirthDate: 1970-01-01,' +
        ' ReferringPhysicianName: secret, "0009,1001": secret, AccessionNumber: { exists: true } }, skip: quiet }]',
    );
    const image = {
      ...dataset({
        PatientName: [{ Alphabetic: 'Secret^Jane' }],
        PatientID: 'secret2',
        PatientBirthDate: '19700101',
        ReferringPhysicianName: [{ Alphabetic: 'SECRET' }],
        AccessionNumber: 'A1',
      }),
      '00091001': { vr: 'LO', Value: ['secret'] },
    };
    const decision = decide(nosy, image);
    assert.equal(decision.rule, 'r');
    assert.doesNotMatch(JSON.stringify(decision), /secret|19700101|1970-01-01|jane|S1/i);
  });

  it('keep reasons short and on one line', () => {
    const long = rules('rules: [{ name: r, when: { StudyDescription: { matches: a } }, skip: s }]');
    const decision = decide(long, dataset({ StudyDescription: `a\r\n${'b'.repeat(500)}` }));
    assert(decision.reason.length <= 240);
    assert.doesNotMatch(decision.reason, /[\r\n]/);
  });
});

describe('rules about a whole study', () => {
  const pair = rules(
    `rules:
  - name: with-lateral
    trigger: stable-study
    when: { Modality: CR, study: { some: { ViewPosition: LL }, none: { Modality: CT } } }
    colourise: {}
  - name: rest
    skip: alone
`,
  );
  const frontal = dataset({ Modality: 'CR', ViewPosition: 'PA' });
  const lateral = dataset({ Modality: 'CR', ViewPosition: 'LL' });

  it('wait until the study is stable', () => {
    const decision = decide(pair, frontal);
    assert(decision.decision === 'wait');
    assert.equal(decision.for, 'stable-study');
    assert.equal(decision.rule, 'with-lateral');
  });

  it('do not wait where the image itself already says no', () => {
    assert.equal(decide(pair, dataset({ Modality: 'CT' })).decision, 'skip');
  });

  it('see all its images once it is stable', () => {
    assert.equal(decide(pair, frontal, { study: [frontal, lateral] }).decision, 'colourise');
    assert.equal(decide(pair, frontal, { study: [frontal] }).decision, 'skip');
    const mixed = decide(pair, frontal, { study: [frontal, lateral, dataset({ Modality: 'CT' })] });
    assert.equal(mixed.decision, 'skip');
  });

  it('are unknown where an image lacks the tag that would decide', () => {
    const decision = decide(pair, frontal, { study: [frontal, dataset({ Modality: 'CR' })] });
    assert(decision.decision === 'skip');
    assert.equal(decision.code, 'UNKNOWN');
  });

  it('wait also without a condition about the study', () => {
    const late = rules('rules: [{ name: r, trigger: stable-study, colourise: {} }]');
    assert.equal(decide(late, frontal).decision, 'wait');
    assert.equal(decide(late, frontal, { study: [frontal] }).decision, 'colourise');
  });
});
