import assert from 'node:assert/strict';
import { parseRules } from '../../src/config/load-rules.js';
import { decide, type DecisionContext } from '../../src/domain/rules/decide.js';
import { tellsAll } from '../../src/domain/rules/told.js';
import type { Truth } from '../../src/domain/rules/truth.js';
import { Tag } from '../../src/domain/tags.js';
import { dataset } from '../support/datasets.js';

const ruleOf = (condition: string) =>
  parseRules(`rules: [{ name: r, when: ${condition}, skip: s }]`, 'rules.yaml');

function explained(
  condition: string,
  attributes: Parameters<typeof dataset>[0],
  context: DecisionContext = {},
) {
  const { explanation, reason } = decide(ruleOf(condition), dataset(attributes), context);
  assert(explanation.kind !== 'clause');
  return { truth: explanation.parts[0]?.truth, reason };
}

/** Wednesday 23:30 in Berlin; in London, half past ten. */
const wednesdayNight: DecisionContext = {
  timeZone: 'Europe/Berlin',
  now: new Date('2026-11-25T22:30:00Z'),
  reception: {
    receivedAt: new Date('2026-11-25T22:30:00Z'),
    remoteAE: 'CR1',
    calledAE: 'COLOUR',
    remoteIP: '10.0.0.7',
    origin: 'DicomProtocol',
  },
};
const nobodyKnows: DecisionContext = { ...wednesdayNight, reception: {} };

describe('conditions on how an image arrived', () => {
  const rows: readonly (readonly [string, Truth])[] = [
    ['{ arrival: { remoteAE: cr1 } }', 'true'],
    ['{ arrival: { remoteAE: [CR2, CR3] } }', 'false'],
    ['{ arrival: { remoteAE: { matches: "^CR" }, calledAE: COLOUR } }', 'true'],
    ['{ arrival: { calledAE: ARCHIVE } }', 'false'],
    ['{ arrival: { remoteIP: { matches: "^10[.]" }, origin: DicomProtocol } }', 'true'],
    ['{ arrival: { hour: 23 } }', 'true'],
    ['{ arrival: { hour: { range: { from: 19, to: 6 } } } }', 'true'],
    ['{ arrival: { hour: { range: { from: 6, to: 19 } } } }', 'false'],
    ['{ arrival: { hour: { range: { from: 23 } } } }', 'true'],
    ['{ arrival: { time: { range: { from: "23:31", to: "06:59" } } } }', 'false'],
    ['{ arrival: { time: { range: { from: "22:00", to: "23:29" } } } }', 'false'],
    ['{ arrival: { time: { range: { from: "23:30", to: "00:10" } } } }', 'true'],
    ['{ arrival: { weekday: Wed } }', 'true'],
    ['{ arrival: { weekday: [Sat, Sun] } }', 'false'],
    ['{ not: { arrival: { weekday: [Sat, Sun] } } }', 'true'],
  ];

  it('compare names, hours and weekdays by the clock of the time zone', () => {
    for (const [condition, expected] of rows) {
      assert.equal(explained(condition, {}, wednesdayNight).truth, expected, condition);
    }
  });

  it('are unknown, all of them, where the archive does not say', () => {
    for (const [condition] of rows) {
      assert.equal(explained(condition, {}, nobodyKnows).truth, 'unknown', condition);
      assert.equal(explained(condition, {}, {}).truth, 'unknown', condition);
    }
    assert.equal(
      explained('{ arrival: { remoteAE: { exists: false } } }', {}, nobodyKnows).truth,
      'true',
    );
  });

  it('say what they read', () => {
    const { reason } = explained('{ arrival: { remoteAE: CR1, hour: 23 } }', {}, wednesdayNight);
    assert.equal(reason, "rule 'r': s (arrival.remoteAE CR1 is CR1 and arrival.hour 23 is 23)");
  });

  it('ask the archive only where a rule asks them', () => {
    assert.equal(ruleOf('{ Modality: CR, sample: 10 }').reads.arrival, false);
    assert.equal(ruleOf('{ any: [{ not: { arrival: { hour: 1 } } }] }').reads.arrival, true);
  });
});

describe('the age condition', () => {
  const adult = '{ age: { range: { from: 18Y } } }';
  const rows: readonly (readonly [string, Parameters<typeof dataset>[0], Truth])[] = [
    [adult, { PatientAge: '018Y' }, 'true'],
    [adult, { PatientAge: '017Y', PatientBirthDate: '19000101', StudyDate: '20260101' }, 'false'],
    [adult, { PatientBirthDate: '20081125', StudyDate: '20261125' }, 'true'],
    [adult, { PatientBirthDate: '20081126', StudyDate: '20261125' }, 'false'],
    [
      '{ age: { range: { to: 17Y } } }',
      { PatientBirthDate: '20081126', StudyDate: '20261125' },
      'true',
    ],
    [
      '{ age: { range: { from: 6M, to: 2Y } } }',
      { PatientBirthDate: '20240601', StudyDate: '20261125' },
      'true',
    ],
    [
      '{ age: { range: { from: 6M, to: 2Y } } }',
      { PatientBirthDate: '20231125', StudyDate: '20261125' },
      'false',
    ],
    [
      '{ age: { range: { to: 28D } } }',
      { PatientBirthDate: '20261101', StudyDate: '20261125' },
      'true',
    ],
    ['{ age: 2W }', { PatientBirthDate: '20261105', StudyDate: '20261125' }, 'true'],
    [adult, { PatientBirthDate: '19700101', ContentDate: '20261125' }, 'true'],
    [adult, { PatientBirthDate: '19700101' }, 'unknown'],
    [adult, { StudyDate: '20261125' }, 'unknown'],
    [adult, { PatientBirthDate: '1970', StudyDate: '20261125' }, 'unknown'],
    [adult, { PatientBirthDate: '20270101', StudyDate: '20261125' }, 'unknown'],
    ['{ age: { range: { from: 18M } } }', { PatientAge: '001Y' }, 'unknown'],
    ['{ age: { exists: true } }', { PatientBirthDate: '19700101', StudyDate: '20261125' }, 'true'],
    ['{ age: { exists: true } }', {}, 'false'],
  ];

  it('takes PatientAge, or else counts from birth date to study by the calendar', () => {
    for (const [condition, attributes, expected] of rows) {
      const note = `${condition} ${JSON.stringify(attributes)}`;
      assert.equal(explained(condition, attributes).truth, expected, note);
    }
  });

  it('shows years, and never the birth date', () => {
    const { reason } = explained(adult, { PatientBirthDate: '19700102', StudyDate: '20261125' });
    assert.equal(reason, "rule 'r': s (age 56Y from 18Y)");
  });
});

describe('dates that depend on the day of the decision', () => {
  const rows: readonly (readonly [string, string, Truth])[] = [
    ['{ StudyDate: today }', '20261125', 'true'],
    ['{ StudyDate: today }', '20261124', 'false'],
    ['{ StudyDate: { range: { from: today-30d } } }', '20261026', 'true'],
    ['{ StudyDate: { range: { from: today-30d } } }', '20261025', 'false'],
    ['{ StudyDate: { range: { from: today - 1m, to: today } } }', '20261025', 'true'],
    ['{ StudyDate: { range: { to: today-1y } } }', '20251125', 'true'],
    ['{ StudyDate: { range: { to: today-2w } } }', '20261112', 'false'],
    ['{ StudyDate: { range: { from: 2026-01-01, to: today } } }', '20261126', 'false'],
    ['{ StudyDate: { range: { from: today-30d } } }', '', 'unknown'],
    ['{ StudyDate: { range: { from: today-30d } } }', '2026', 'unknown'],
  ];

  it('count back by the calendar from today, by the clock on the wall', () => {
    for (const [condition, StudyDate, expected] of rows) {
      const found = explained(condition, { StudyDate }, wednesdayNight).truth;
      assert.equal(found, expected, `${condition} ${StudyDate}`);
    }
    const afterMidnight = { ...wednesdayNight, now: new Date('2026-11-25T23:30:00Z') };
    assert.equal(
      explained('{ StudyDate: today }', { StudyDate: '20261126' }, afterMidnight).truth,
      'true',
    );
  });

  it('hold for dates with a time as well', () => {
    const attributes = { AcquisitionDateTime: '20261120120000' };
    const condition = '{ AcquisitionDateTime: { range: { from: today-5d } } }';
    assert.equal(explained(condition, attributes, wednesdayNight).truth, 'true');
  });

  it('are unknown where nobody says what day it is', () => {
    const condition = '{ StudyDate: { range: { from: today-30d } } }';
    assert.equal(explained(condition, { StudyDate: '20261125' }).truth, 'unknown');
  });
});

describe('the sample condition', () => {
  const taken = (condition: string, n: number) =>
    explained(condition, { SOPInstanceUID: `1.2.3.${n}`, StudyInstanceUID: `1.2.${n % 50}` })
      .truth === 'true';
  const numbers = Array.from({ length: 2000 }, (_, n) => n);
  const sampleOf = (condition: string) => numbers.filter((n) => taken(condition, n));

  it('takes the share that it says, and the same images each time', () => {
    const tenth = sampleOf('{ sample: 10 }');
    // Five standard deviations of a binomial distribution.
    assert.ok(Math.abs(tenth.length - 200) < 68, String(tenth.length));
    assert.deepEqual(sampleOf('{ sample: { percent: 10 } }'), tenth);
    assert.equal(sampleOf('{ sample: 100 }').length, numbers.length);
  });

  it('only grows with the percentage', () => {
    const fifth = new Set(sampleOf('{ sample: 20 }'));
    assert.ok(sampleOf('{ sample: 10 }').every((n) => fifth.has(n)));
  });

  it('can take whole studies, and another sample by another salt', () => {
    const byStudy = sampleOf('{ sample: { percent: 30, of: study } }');
    const studies = new Set(byStudy.map((n) => n % 50));
    assert.deepEqual(
      byStudy,
      numbers.filter((n) => studies.has(n % 50)),
    );
    assert.notDeepEqual(
      sampleOf('{ sample: { percent: 10, salt: b } }'),
      sampleOf('{ sample: 10 }'),
    );
  });

  it('is unknown without a UID, and says the draw', () => {
    assert.equal(explained('{ sample: 10 }', {}).truth, 'unknown');
    const { reason } = explained('{ sample: 100 }', { SOPInstanceUID: '1.2.3' });
    assert.match(reason, /^rule 'r': s \(sample \d+\.\d\d below 100 % of instances\)$/);
  });
});

describe('a pattern that explodes elsewhere', () => {
  it('does not hold up a decision', () => {
    const rules = ruleOf('{ StudyDescription: { matches: "(a+)+$" } }');
    const before = process.cpuUsage();
    const decision = decide(rules, dataset({ StudyDescription: `${'a'.repeat(10_000)}!` }));
    assert.equal(decision.rule, '');
    assert(process.cpuUsage(before).user < 2_000_000);
  });
});

describe('what the index of an archive tells', () => {
  const readsOf = (condition: string) => ruleOf(condition).reads;
  const leftOut = { vr: 'LT', BulkDataURI: '' };
  const told = dataset({ Modality: 'DX', ViewCodeSequence: [{ '00080104': leftOut }] });

  it('is enough where nothing that a rule reads was left out', () => {
    assert.ok(tellsAll(told, readsOf('{ Modality: DX, PatientName.family: X, ImageComments: x }')));
    assert.ok(tellsAll(told, readsOf('{ ViewCodeSequence.CodeValue: x }')));
  });

  it('is not enough for what is too long, wherever it stands, or private', () => {
    const long = { ...told, [Tag.ImageComments]: leftOut };
    assert.ok(!tellsAll(long, readsOf('{ ImageComments: x }')));
    assert.ok(!tellsAll(told, readsOf('{ ViewCodeSequence.CodeMeaning: x }')));
    assert.ok(!tellsAll(told, readsOf('{ "0009,1001": x }')));
  });
});
