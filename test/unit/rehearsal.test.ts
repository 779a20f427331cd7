import assert from 'node:assert/strict';
import { createMemoryAttributeCache } from '../../src/adapters/memory/attribute-cache.js';
import { createMemoryPacs } from '../../src/adapters/memory/memory-pacs.js';
import { parseRules } from '../../src/config/load-rules.js';
import { decide } from '../../src/domain/rules/decide.js';
import { project } from '../../src/domain/rules/project.js';
import { rehearse, type RehearsalOptions } from '../../src/bulk/rehearse.js';
import { dataset } from '../support/datasets.js';
import { cs, syntheticDicom, withMetaLength } from '../support/synthetic-dicom.js';

const rules = (text: string) => parseRules(text, 'rules.yaml');

const inForce = rules(`rules:
  - { name: chest, when: { BodyPartExamined: CHEST }, colourise: {} }
  - { name: rest, skip: no chest }
`);

/** One small radiograph in a study of its own, or in that of another. */
function image(n: number, bodyPart: string | undefined, study = n): Uint8Array {
  const file = syntheticDicom({
    elements: {
      '00080018': { tag: '00080018', vr: 'UI', value: `1.2.4.${n}` },
      '0020000D': { tag: '0020000D', vr: 'UI', value: `1.2.1.${study}` },
      '0020000E': { tag: '0020000E', vr: 'UI', value: `1.2.2.${study}` },
      '00100010': { tag: '00100010', vr: 'PN', value: 'Doe^Jane' },
      '00180015': bodyPart === undefined ? undefined : cs('00180015', bodyPart),
    },
  });
  return withMetaLength(file);
}

/** An archive with six films of two days ago, and everything that asks it counted. */
function bench() {
  let at = new Date('2026-11-23T10:30:00Z');
  const pacs = createMemoryPacs(() => at);
  for (const n of [1, 2, 3]) pacs.upload(image(n, 'CHEST'));
  pacs.upload(image(4, 'HAND'));
  pacs.upload(image(5, undefined));
  at = new Date('2026-11-24T20:15:00Z');
  pacs.upload(image(6, 'CHEST'), { remoteAE: 'CR1' });
  at = new Date('2026-11-25T12:00:00Z');
  const cache = createMemoryAttributeCache(1000);
  let asked = 0;
  const archive = {
    ...pacs,
    studyMetadata: (uid: string) => {
      asked += 1;
      return pacs.studyMetadata(uid);
    },
  };
  const run = (text: string, options: Partial<RehearsalOptions> = {}) =>
    rehearse(
      {
        archive,
        cache,
        now: () => at,
        live: inForce,
        timeZone: 'UTC',
        defaultModel: 'evidence',
        installedModels: ['evidence'],
        measured: [{ model: 'evidence', images: 9, totalMs: 30_000, inferMs: 6_000 }],
      },
      { edited: rules(text), days: 30, limit: 1000, ...options },
    );
  return { pacs, cache, run, asked: () => asked };
}

const wider = `rules:
  - { name: hand, when: { BodyPartExamined: HAND }, colourise: [{ palette: blue }, { model: lost }] }
  - { name: chest, when: { BodyPartExamined: CHEST, sample: 100 }, colourise: {} }
  - { name: rest, skip: no chest }
`;

describe('a rehearsal', () => {
  it('counts by rule and reason, and says what would change', async () => {
    const { run } = bench();
    const { report } = await run(wider);
    assert.equal(report.images, 6);
    assert.deepEqual(
      report.edited.counts.map(({ rule, outcome, code, images, reasons }) => [
        `${rule} ${outcome} ${code ?? ''}`,
        images,
        reasons[0]?.why,
      ]),
      [
        ['chest colourise ', 4, 'BodyPartExamined is CHEST and sample below 100 % of instances'],
        ['hand colourise ', 1, 'BodyPartExamined is HAND'],
        [
          'rest skip UNKNOWN',
          1,
          "'hand' unknown: BodyPartExamined missing; 'chest' unknown: BodyPartExamined missing",
        ],
      ],
    );
    const { newlyTaken, noLongerTaken, takenOtherwise, same } = report.changes;
    assert.deepEqual(
      [newlyTaken.images, noLongerTaken.images, takenOtherwise.images, same],
      [1, 0, 0, 5],
    );
    assert.equal(newlyTaken.examples[0]?.SOPInstanceUID, '1.2.4.4');
    assert.equal(newlyTaken.examples[0].live.rule, 'rest');
    assert.deepEqual(report.missingModels, ['lost']);
  });

  it('tells images that would be lost, and those that would look otherwise', async () => {
    const { run } = bench();
    const { report } = await run(`rules:
  - { name: chest, when: { BodyPartExamined: CHEST, arrival: { remoteAE: CR1 } }, colourise: {}, priority: 9 }
  - { name: rest, skip: no chest of CR1 }
`);
    assert.equal(report.changes.takenOtherwise.examples[0]?.SOPInstanceUID, '1.2.4.6');
    assert.equal(report.changes.takenOtherwise.images, 1);
    assert.equal(report.changes.noLongerTaken.images, 3);
  });

  it('foresees the load by hour and the minutes that were measured here', async () => {
    const { run } = bench();
    const { load } = (await run(wider)).report.edited;
    assert.equal(load.jobs, 6);
    assert.equal(load.perHour[10], Math.round(500 / 30) / 100);
    assert.equal(load.perHour[20], Math.round(100 / 30) / 100);
    assert.deepEqual(load.busiestHour, { begins: new Date('2026-11-23T10:00:00Z'), jobs: 5 });
    assert.deepEqual(load.models, [
      { model: 'evidence', jobs: 5, computeMinutes: 2.5, networkMinutes: 0.5 },
      { model: 'lost', jobs: 1 },
    ]);
    const nights = await run(
      "rules: [{ name: all, colourise: {}, offHours: { from: '22:00', to: '06:00' } }]",
    );
    assert.deepEqual(
      nights.report.edited.load.perHour.flatMap((jobs, hour) => (jobs > 0 ? [hour] : [])),
      [22],
    );
  });

  it('reads each study once, and again only for rules that read more', async () => {
    const { run, asked } = bench();
    await run(wider);
    assert.equal(asked(), 6);
    const second = await run(wider.replace('CHEST', 'HAND'));
    assert.equal(asked(), 6);
    assert.equal(second.report.studiesFromCache, 6);
    await run('rules: [{ name: r, when: { KVP: 120 }, colourise: {} }]');
    assert.equal(asked(), 12);
    await run(wider, { fresh: true });
    assert.equal(asked(), 18);
  });

  it('reads a study again into which something came', async () => {
    const { pacs, run, asked } = bench();
    await run(wider);
    pacs.upload(image(7, 'CHEST', 1));
    const { report } = await run(wider);
    assert.equal(report.images, 7);
    assert.equal(asked(), 7);
  });

  it('keeps no name unless a rule asks for it, and forgets it when none does', async () => {
    const { pacs, cache, run } = bench();
    const kept = async () => {
      const studies = await pacs.listStudies(0, 10);
      return JSON.stringify(studies.map(({ orthancId }) => cache.find(orthancId)));
    };
    await run(wider);
    assert.doesNotMatch(await kept(), /Doe|PH-1/);
    const { report } = await run(
      'rules: [{ name: r, when: { PatientName.family: doe }, skip: a name }]',
    );
    assert.match(await kept(), /Doe/);
    assert.doesNotMatch(await kept(), /PH-1/);
    assert.doesNotMatch(JSON.stringify(report), /doe/i);
    await run(wider);
    assert.doesNotMatch(await kept(), /Doe/);
  });

  it('explains an image, a series or a study under both versions', async () => {
    const { run } = bench();
    for (const uid of ['1.2.4.4', '1.2.2.4', '1.2.1.4']) {
      const { explained } = await run(wider, { explain: uid });
      assert.equal(explained.length, 1);
      const [only] = explained;
      assert.equal(only?.edited.rule, 'hand');
      assert.equal(only.live.rule, 'rest');
      assert.match(JSON.stringify(only.edited.explanation), /"values":\["HAND"\]/);
    }
    assert.deepEqual((await run(wider, { explain: '9.9' })).explained, []);
  });

  it('decides rules about a study with all its images', async () => {
    const { pacs, run } = bench();
    pacs.upload(image(8, 'HAND', 1));
    const { report } = await run(`rules:
  - name: beside-hand
    trigger: stable-study
    when: { BodyPartExamined: CHEST, study: { some: { BodyPartExamined: HAND } } }
    colourise: {}
  - { name: rest, skip: no }
`);
    assert.equal(report.edited.counts.find(({ rule }) => rule === 'beside-hand')?.images, 1);
  });

  it('looks no further back than it is told, stops at its bound, and when it is told to', async () => {
    const { run } = bench();
    assert.equal((await run(wider, { days: 1 })).report.images, 1);
    const few = await run(wider, { limit: 2 });
    assert.deepEqual([few.report.images, few.report.complete], [2, false]);
    const stopping = new AbortController();
    const stopped = run(wider, {
      signal: stopping.signal,
      onProgress: () => {
        stopping.abort(new Error('enough'));
      },
    });
    await assert.rejects(stopped, /enough/);
  });
});

describe('what is kept of a data set', () => {
  /** A seeded generator, so that a failure can be repeated. */
  function generator(seed: number) {
    let state = seed;
    return <T>(choices: readonly T[]): T => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return choices[Math.floor((state / 2 ** 32) * choices.length)]!;
    };
  }
  const leaves = [
    '{ Modality: [CR, DX] }',
    '{ KVP: { range: { from: 90, to: 120 } } }',
    '{ ViewCodeSequence.CodeValue: R-10206 }',
    '{ ViewCodeSequence: { exists: true } }',
    '{ PatientName.family: { matches: "^do" } }',
    '{ age: { range: { from: 18Y } } }',
    '{ sample: 50 }',
    '{ StudyDate: { range: { from: today-30d } } }',
    '{ PixelData: { exists: false } }',
    '{ ImageComments: { matches: "x$" } }',
  ];

  it('leads to the same decision, explanation included, as the whole', () => {
    const one = generator(7);
    const condition = (depth: number): string => {
      const kind = depth === 0 ? 'leaf' : one(['leaf', 'all', 'any', 'not']);
      if (kind === 'leaf') return one(leaves);
      if (kind === 'not') return `{ not: ${condition(depth - 1)} }`;
      return `{ ${kind}: [${condition(depth - 1)}, ${condition(depth - 1)}] }`;
    };
    const now = new Date('2026-11-25T12:00:00Z');
    for (let round = 0; round < 400; round++) {
      const when = condition(3);
      const set = rules(`rules: [{ name: r, when: ${when}, colourise: {} }]`);
      const whole = dataset({
        SOPInstanceUID: `1.2.${round}`,
        ...one([{}, { Modality: 'DX' }, { Modality: '' }, { Modality: 'CT' }]),
        ...one([{}, { KVP: '110' }, { KVP: 'high' }]),
        ...one([
          {},
          { ViewCodeSequence: dataset({ CodeValue: 'R-10206', CodeMeaning: 'PA' }) },
          { ViewCodeSequence: [dataset({ CodeValue: 'x' }), dataset({})] },
        ]),
        ...one([{}, { PatientName: [{ Alphabetic: 'Doe^Jane' }] }]),
        ...one([{}, { PatientAge: '030Y' }, { PatientBirthDate: '20200101' }]),
        ...one([{}, { StudyDate: '20261120' }, { StudyDate: '20200101' }]),
        ...one([{}, { ImageComments: `${'y'.repeat(10_400)}x` }, { ImageComments: 'x' }]),
        RequestingPhysician: [{ Alphabetic: 'Nobody^Needs^This' }],
      });
      const kept = project(whole, set.reads.paths);
      assert.deepEqual(decide(set, kept, { now }), decide(set, whole, { now }), when);
      assert.doesNotMatch(JSON.stringify(kept), /Nobody/);
    }
  });
});
