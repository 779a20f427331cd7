import assert from 'node:assert/strict';
import pLimit from 'p-limit';
import { pino } from 'pino';
import { MemoryLedger } from '../../src/adapters/memory/memory-ledger.js';
import { createMemoryPacs } from '../../src/adapters/memory/memory-pacs.js';
import { parseRules } from '../../src/config/load-rules.js';
import { decodeColour } from '../../src/dicom/decode-colour.js';
import { deriveUids } from '../../src/dicom/derived-uids.js';
import { encodeFrame } from '../../src/dicom/encode-frame.js';
import { readInstance } from '../../src/dicom/read-instance.js';
import { numberOf, textOf } from '../../src/domain/dicom-json.js';
import { ColouriseError, type ErrorCode } from '../../src/domain/errors.js';
import type { Job } from '../../src/domain/job.js';
import { Tag } from '../../src/domain/tags.js';
import type { InstalledModel, Registry } from '../../src/models/registry.js';
import { followChanges } from '../../src/pipeline/follow-changes.js';
import { processJob, type JobTools } from '../../src/pipeline/process-job.js';
import { routeDueArrivals, type RouteTools } from '../../src/pipeline/route-arrival.js';
import { triggerImages } from '../../src/pipeline/trigger.js';
import type { Colouring } from '../../src/ports/colouring.js';
import type { Drawing, Picture, Pictures } from '../../src/ports/pictures.js';
import { exampleRendering } from '../support/derivation.js';
import { makePart10, type Synthetic } from '../support/part10.js';

const log = pino({ level: 'silent' });

/** A model of which only the manifest is looked at: pictures and networks are stood in for. */
const model: InstalledModel = {
  folder: '',
  weightsFile: '',
  manifest: {
    name: 'evidence',
    version: '1.0.0',
    title: 'Evidence',
    meaning: 'A test.',
    weights: { file: 'model.onnx', sha256: '0'.repeat(64) },
    input: { tensor: 'x', rows: 16, columns: 16, preprocessing: 'rank-equalised' },
    outputs: { kind: 'evidence', evidence: 'e', lungs: 'l', probability: 'p' },
    photographic: false,
    licence: 'none',
    golden: { tolerance: 0.005, outputs: {} },
  },
};

const registry: Registry = {
  models: [model],
  entries: [{ model, state: 'active' }],
  recogniser: () => model,
  shadows: {},
  shadowOf: () => undefined,
  get(name) {
    if (name === 'evidence') return model;
    throw new ColouriseError('MODEL_NOT_FOUND', `model '${name}' is not installed`);
  },
};

const takeDx = 'rules:\n  - { name: dx, when: { Modality: DX }, colourise: {} }\n';

/** A picture that took no time to draw. */
function drawn(rgb: Uint8Array): Drawing {
  async function* parts() {
    yield await Promise.resolve(rgb);
  }
  return {
    byteLength: rgb.length,
    parts,
    begin: () => Promise.resolve(),
    whole: () => Promise.resolve(rgb),
    release: () => undefined,
  };
}

/** The pipeline over in-memory twins, with a clock that stands still unless it is moved. */
function bench(rulesText = takeDx) {
  let now = new Date('2026-01-01T00:00:00Z');
  const pacs = createMemoryPacs();
  const ledger = new MemoryLedger(() => now);
  const rules = parseRules(rulesText, 'rules.yaml');
  const route: RouteTools = {
    feed: pacs,
    pacs,
    ledger,
    registry,
    rules: () => rules,
    defaultModel: 'evidence',
    timeZone: 'UTC',
    stablePollMs: 1000,
    maxAttempts: 3,
    archiveIsAway: () => false,
    now: () => now,
    log,
  };
  const undecided = () => ledger.balance().undecided;
  return {
    pacs,
    ledger,
    route,
    follow: (pageSize = 100, maxUndecided = 1000) =>
      followChanges({ feed: pacs, ledger, log, pageSize, undecided, maxUndecided }),
    decide: () => routeDueArrivals(route),
    later: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    rows: () => ledger.images({ limit: 100 }),
  };
}

describe('following the change log', () => {
  it('admits each new instance once, however small the pages', async () => {
    const { pacs, ledger, follow } = bench();
    for (let count = 0; count < 3; count++) pacs.upload(makePart10().part10);
    while ((await follow(2)) === 'more');
    assert.equal(ledger.dueArrivals(10).length, 3);
    await follow();
    assert.equal(ledger.dueArrivals(10).length, 3);
  });

  it('passes over gaps that deletions leave', async () => {
    const { pacs, ledger, follow } = bench();
    const gone = pacs.upload(makePart10().part10);
    pacs.upload(makePart10().part10);
    pacs.delete(gone);
    await follow();
    assert.equal(ledger.dueArrivals(10).length, 1);
  });

  it('starts over when Orthanc was reset', async () => {
    const { pacs, ledger, follow } = bench();
    pacs.upload(makePart10().part10);
    pacs.upload(makePart10().part10);
    await follow();
    pacs.reset();
    pacs.upload(makePart10().part10);
    assert.equal(await follow(), 'more');
    await follow();
    assert.equal(ledger.dueArrivals(10).length, 3);
  });

  it('notices a reset when the new log is longer than what was read of the old one', async () => {
    const { pacs, ledger, follow } = bench();
    pacs.upload(makePart10().part10);
    await follow();
    pacs.reset();
    pacs.upload(makePart10().part10);
    pacs.upload(makePart10().part10);
    assert.equal(await follow(), 'more');
    await follow();
    assert.equal(ledger.dueArrivals(10).length, 3);
  });

  it('takes a last row that a deletion took away for no reset', async () => {
    const { pacs, ledger, follow } = bench();
    const gone = pacs.upload(makePart10().part10);
    await follow();
    pacs.delete(gone);
    pacs.upload(makePart10().part10);
    assert.equal(await follow(), 'idle');
    assert.equal(ledger.dueArrivals(10).length, 2);
  });

  it('stops reading while too many arrivals wait for a decision', async () => {
    const { pacs, ledger, follow } = bench();
    pacs.upload(makePart10().part10);
    await follow();
    pacs.upload(makePart10().part10);
    assert.equal(await follow(100, 1), 'idle');
    assert.equal(ledger.dueArrivals(10).length, 1);
  });
});

describe('deciding arrivals', () => {
  it('queues what a rule takes and keeps the reason', async () => {
    const { pacs, ledger, follow, decide, rows } = bench();
    pacs.upload(makePart10().part10);
    await follow();
    await decide();
    assert.equal(ledger.unpublished(10).length, 1);
    assert.equal(rows()[0]?.state, 'pending');
    assert.match(rows()[0]?.reason ?? '', /Modality DX/);
  });

  it('keeps a row with the reason for what no rule takes', async () => {
    const { pacs, ledger, follow, decide, rows } = bench();
    pacs.upload(makePart10({ Modality: 'CT' }).part10);
    await follow();
    await decide();
    assert.equal(ledger.unpublished(10).length, 0);
    assert.deepEqual([rows()[0]?.state, rows()[0]?.code], ['skipped', 'NO_RULE_MATCHED']);
  });

  it('keeps a row for an image that was deleted before it was looked at', async () => {
    const { pacs, follow, decide, rows } = bench();
    const id = pacs.upload(makePart10().part10);
    await follow();
    pacs.delete(id);
    await decide();
    assert.equal(rows()[0]?.code, 'SOURCE_GONE');
  });

  it('fails the image whose rule names a model that is not installed', async () => {
    const { pacs, follow, decide, rows } = bench(
      'rules:\n  - { name: dx, colourise: { model: unheard-of } }\n',
    );
    pacs.upload(makePart10().part10);
    await follow();
    await decide();
    assert.deepEqual([rows()[0]?.state, rows()[0]?.code], ['failed', 'MODEL_NOT_FOUND']);
  });

  it('waits for a stable study when the rule asks for it, then sees all its images', async () => {
    const { pacs, ledger, follow, decide, later, rows } = bench(
      'rules:\n' +
        '  - name: with-ct\n    trigger: stable-study\n' +
        '    when: { Modality: DX, study: { some: { Modality: CT } } }\n    colourise: {}\n' +
        '  - { name: rest, skip: no }\n',
    );
    const first = makePart10();
    pacs.upload(first.part10);
    await follow();
    await decide();
    assert.equal(rows().length, 0);
    pacs.upload(makePart10({ Modality: 'CT', StudyInstanceUID: first.StudyInstanceUID }).part10);
    const { studyOrthancId } = (await pacs.identify(ledgerId(pacs, first))) ?? {};
    pacs.settle(studyOrthancId ?? '');
    await follow();
    later(1000);
    await decide();
    assert.deepEqual(
      rows()
        .map(({ rule, state }) => `${rule} ${state}`)
        .sort(),
      ['rest skipped', 'with-ct pending'],
    );
    assert.equal(ledger.unpublished(10).length, 1);
  });

  it('gives an arrival that cannot be described its turn after the others', async () => {
    const { pacs, ledger, route, follow, later } = bench();
    pacs.upload(makePart10().part10);
    await follow();
    await routeDueArrivals(undescribed(route, 'PACS_FAILED'));
    assert.equal(ledger.dueArrivals(10).length, 0);
    later(2000);
    await routeDueArrivals(route);
    assert.equal(ledger.unpublished(10).length, 1);
  });

  it('ends an arrival that cannot be described as a failed row with its source', async () => {
    const { pacs, follow, later, route, rows } = bench();
    const image = makePart10();
    pacs.upload(image.part10);
    await follow();
    for (let look = 0; look < route.maxAttempts; look++) {
      assert.deepEqual(rows(), []);
      await routeDueArrivals(undescribed(route, 'PACS_FAILED'));
      later(60_000);
    }
    const [row] = rows();
    assert.deepEqual([row?.state, row?.code], ['failed', 'PACS_FAILED']);
    assert.equal(row?.source?.SOPInstanceUID, image.SOPInstanceUID);
  });

  it('leaves arrivals due while the archive is away, for as long as that takes', async () => {
    const { pacs, ledger, follow, route } = bench();
    pacs.upload(makePart10().part10);
    await follow();
    const away = { ...undescribed(route, 'PACS_UNAUTHORISED'), archiveIsAway: () => true };
    for (let look = 0; look <= route.maxAttempts; look++) await routeDueArrivals(away);
    assert.deepEqual(
      ledger.dueArrivals(10).map(({ attempts }) => attempts),
      [0],
    );
  });

  it('keeps a row for an image whose study was deleted while its rule waited for it', async () => {
    const { pacs, follow, route, rows } = bench(
      'rules:\n  - { name: late, trigger: stable-study, colourise: {} }\n',
    );
    pacs.upload(makePart10().part10);
    await follow();
    const isStudyStable = () => Promise.resolve(undefined);
    await routeDueArrivals({ ...route, feed: { ...route.feed, isStudyStable } });
    assert.equal(rows()[0]?.code, 'SOURCE_GONE');
  });
});

describe('deciding by when and whence an image came', () => {
  it('asks the archive how an image arrived where a rule reads that', async () => {
    const { pacs, follow, decide, rows } = bench(
      'rules:\n' +
        '  - { name: cr1, when: { arrival: { remoteAE: CR1 } }, colourise: {} }\n' +
        '  - { name: rest, skip: elsewhere }\n',
    );
    pacs.upload(makePart10().part10, { remoteAE: 'CR1' });
    pacs.upload(makePart10().part10, { remoteAE: 'CR2' });
    await follow();
    await decide();
    assert.deepEqual(
      rows()
        .map(({ rule }) => rule)
        .sort(),
      ['cr1', 'rest'],
    );
  });

  it('leaves a job alone until the hours of its rule, and not when somebody asks for it', async () => {
    const { pacs, ledger, route, follow, decide, later, rows } = bench(
      'rules:\n' +
        "  - { name: nights, colourise: {}, offHours: { from: '01:00', to: '05:00' } }\n",
    );
    const image = makePart10();
    const id = pacs.upload(image.part10);
    pacs.upload(makePart10().part10);
    await follow();
    await decide();
    assert.equal(ledger.unpublished(10).length, 0);
    assert.deepEqual(
      rows().map(({ state, notBefore }) => [state, notBefore?.toISOString()]),
      Array(2).fill(['pending', '2026-01-01T01:00:00.000Z']),
    );
    await triggerImages({ level: 'instance', orthancId: id }, route);
    assert.deepEqual(
      ledger.unpublished(10).map(({ source }) => source.SOPInstanceUID),
      [image.SOPInstanceUID],
    );
    later(3_600_000);
    assert.equal(ledger.unpublished(10).length, 2);
  });

  it('decides each image by one version of the rules, and loses none while they are reloaded', async () => {
    const { pacs, follow, route, rows } = bench();
    const versions = ['one', 'two', 'three'].map((name) =>
      parseRules(`rules: [{ name: ${name}, when: { Modality: DX }, skip: ${name} }]`, 'rules.yaml'),
    );
    // Each question finds other rules in force: a reload at every possible moment.
    let asked = 0;
    const rules = () => versions[asked++ % versions.length]!;
    for (let count = 0; count < 40; count++) pacs.upload(makePart10().part10);
    while ((await follow()) === 'more');
    while ((await routeDueArrivals({ ...route, rules })) === 'more');
    assert.equal(rows().length, 40);
    for (const { rule, reason, rulesVersion } of rows()) {
      const decider = versions.find(({ version }) => version === rulesVersion);
      assert.equal(decider?.rules[0]?.name, rule);
      assert.match(reason, new RegExp(`rule '${rule}': ${rule} `));
    }
    assert.ok(new Set(rows().map(({ rule }) => rule)).size > 1);
  });
});

describe('colouring on demand', () => {
  it('queues all images of a study, whatever the rules say, and none of ours', async () => {
    const { pacs, ledger, route } = bench('rules:\n  - { name: none, skip: never }\n');
    const one = makePart10();
    pacs.upload(one.part10);
    pacs.upload(makePart10({ StudyInstanceUID: one.StudyInstanceUID }).part10);
    const { studyOrthancId = '' } = (await pacs.identify(ledgerId(pacs, one))) ?? {};
    const wish = { level: 'study', orthancId: studyOrthancId } as const;
    assert.deepEqual(await triggerImages(wish, route), { queued: 2 });
    assert.equal(ledger.unpublished(10).length, 2);
  });

  it('refuses what Orthanc does not hold', async () => {
    const { route } = bench();
    await assert.rejects(triggerImages({ level: 'series', orthancId: 'x' }, route), {
      code: 'USAGE',
    });
  });
});

describe('processing a job', () => {
  const source = makePart10({ side: 16 });
  const rendering = exampleRendering;
  const job: Job = {
    id: 'j',
    source,
    rendering,
    priority: 5,
    rule: 'dx',
    needsLungs: true,
  };

  /** Tools whose network sees two lungs, or whatever the test says. */
  async function tools(
    lungs = twoLungs(),
  ): Promise<JobTools & { pacs: ReturnType<typeof createMemoryPacs> }> {
    const pacs = createMemoryPacs();
    pacs.upload(source.part10);
    const attributes = await pacs.metadata(source);
    const picture: Picture = {
      attributes: attributes ?? {},
      transferSyntaxUID: '1.2.840.10008.1.2.1',
      lossy: false,
      image: { Rows: 16, Columns: 16, grey: new Uint8Array(256).fill(90) },
      window: 'full range 0..4095',
      overlays: 0,
      thumbnails: [new Float32Array(256), new Float32Array(256)],
      release: () => undefined,
    };
    const colouring: Colouring = {
      kind: 'evidence',
      rows: 16,
      columns: 16,
      evidence: new Float32Array(256),
      lungs,
      probability: 0.25,
    };
    return {
      pacs,
      registry,
      networks: {
        provenance: { provider: 'cpu', runtime: 'test', batch: 1 },
        sessions: 1,
        infer: () => Promise.resolve(colouring),
        stats: () => assert.fail('nobody asks'),
        warm: () => Promise.resolve(),
        close: () => Promise.resolve(),
      },
      pictures: {
        read: () => Promise.resolve(picture),
        draw: () => drawn(new Uint8Array(16 * 16 * 3).fill(90)),
        preview: () => Promise.resolve(new Uint8Array()),
        encode: () => Promise.resolve(new Uint8Array()),
        compress: () => assert.fail('nobody asks'),
        shrink: () => Promise.resolve(new Float32Array(256)),
        warm: () => Promise.resolve(),
        close: () => Promise.resolve(),
      },
      equipment: { softwareVersion: '0', DeviceUID: '2.25.1', StationName: 'test' },
      holding: pLimit(1),
      reading: pLimit(1),
      now: () => new Date('2026-01-01T00:00:00Z'),
    };
  }
  const never = new AbortController().signal;

  it('stores the colour instance in the study of its source, under the derived UIDs', async () => {
    const given = await tools();
    const outcome = await processJob(job, given, never);
    assert.equal(outcome.outcome, 'stored');
    const uids = deriveUids(source, rendering);
    const { StudyInstanceUID } = source;
    const stored = await given.pacs.metadata({ StudyInstanceUID, ...uids });
    assert.equal(textOf(stored ?? {}, Tag.SOPInstanceUID), uids.SOPInstanceUID);
    assert.ok((numberOf(stored ?? {}, Tag.SeriesNumber) ?? 0) > 9000);
  });

  it('finds what it stored before and stores nothing again', async () => {
    const given = await tools();
    await processJob(job, given, never);
    assert.equal((await processJob(job, given, never)).outcome, 'already-stored');
    const { StudyInstanceUID } = source;
    assert.equal((await given.pacs.findInstances({ StudyInstanceUID })).length, 2);
  });

  it('packs the picture as its rendering says, and gives the memory back once it is stored', async () => {
    const given = await tools();
    const packed = { ...job, rendering: { ...rendering, compression: 'rle' } as const };
    let inUse = 0;
    const compress: Pictures['compress'] = async (drawn, compression) => {
      inUse += 1;
      const codestream = await encodeFrame(drawn, compression, (bytes) => new Uint8Array(bytes));
      return { compression, codestream, release: () => (inUse -= 1) };
    };
    const pictures = { ...given.pictures, compress };
    const outcome = await processJob(packed, { ...given, pictures }, never);
    assert.equal(outcome.outcome, 'stored');
    assert.ok('compress' in outcome.timingsMs);
    const uids = deriveUids(source, packed.rendering);
    const { StudyInstanceUID } = source;
    const file = await given.pacs.retrieve({ StudyInstanceUID, ...uids });
    const stored = readInstance(file ?? new Uint8Array());
    assert.equal(stored.transferSyntaxUID, '1.2.840.10008.1.2.5');
    const { rgb } = await decodeColour(stored, { maxPixels: 256 });
    assert.deepEqual(rgb, new Uint8Array(16 * 16 * 3).fill(90));
    assert.equal(inUse, 0);
  });

  it('stores nothing of a picture that cannot be packed, and does not try again', async () => {
    const given = await tools();
    const packed = { ...job, rendering: { ...rendering, compression: 'jpeg-ls' } as const };
    const compress = () => Promise.reject(new ColouriseError('COMPRESSION_FAILED', 'noise'));
    const pictures = { ...given.pictures, compress };
    const outcome = await processJob(packed, { ...given, pictures }, never);
    assert.equal(outcome.outcome, 'failed');
    const { StudyInstanceUID } = source;
    assert.equal((await given.pacs.findInstances({ StudyInstanceUID })).length, 1);
  });

  it('skips a picture without lungs unless the job does not need them', async () => {
    const given = await tools(new Float32Array(256));
    const outcome = await processJob(job, given, never);
    assert.equal('code' in outcome && outcome.code, 'NO_LUNGS');
    const accepted = await processJob({ ...job, needsLungs: false }, given, never);
    assert.equal(accepted.outcome, 'stored');
  });

  it('skips a source that was deleted while it was being coloured', async () => {
    const given = await tools();
    const [id = ''] = await given.pacs.locate(source.SOPInstanceUID);
    const read = (...asked: Parameters<Pictures['read']>) => {
      given.pacs.delete(id);
      return given.pictures.read(...asked);
    };
    const outcome = await processJob(
      job,
      { ...given, pictures: { ...given.pictures, read } },
      never,
    );
    assert.equal('code' in outcome && outcome.code, 'SOURCE_GONE');
  });

  it('asks the archive for nothing that stood in the file while it is still the same file', async () => {
    const given = await tools();
    const metadata = () => Promise.reject(new Error('asked in vain'));
    const outcome = await processJob(job, { ...given, pacs: { ...given.pacs, metadata } }, never);
    assert.equal(outcome.outcome, 'stored');
  });

  it('names the patient as the archive does now, where the source was corrected meanwhile', async () => {
    const given = await tools();
    const { pacs } = given;
    const [id = ''] = await pacs.locate(source.SOPInstanceUID);
    const read = (...asked: Parameters<Pictures['read']>) => {
      pacs.delete(id);
      pacs.upload(
        makePart10({ ...source, side: 16, PatientName: Buffer.from('Doe^Corrected') }).part10,
      );
      return given.pictures.read(...asked);
    };
    const outcome = await processJob(
      job,
      { ...given, pictures: { ...given.pictures, read } },
      never,
    );
    assert.equal(outcome.outcome, 'stored');
    const uids = deriveUids(source, rendering);
    const stored = await pacs.metadata({ StudyInstanceUID: source.StudyInstanceUID, ...uids });
    assert.deepEqual(stored?.[Tag.PatientName]?.Value, [{ Alphabetic: 'Doe^Corrected' }]);
  });

  it('asks for another try when the archive does not show what it accepted', async () => {
    const given = await tools();
    const store = () => Promise.resolve({ bytes: 0, file: '' });
    const forgetful = { ...given, pacs: { ...given.pacs, store } };
    const outcome = await processJob(job, forgetful, never);
    assert.deepEqual(
      [outcome.outcome, 'code' in outcome && outcome.code],
      ['retry', 'STORE_UNVERIFIED'],
    );
  });

  it('lets the next job have its pixels in memory while the archive takes the colour', async () => {
    const given = await tools();
    let [begins, answers] = [() => {}, () => {}];
    const begun = new Promise<void>((resolve) => (begins = resolve));
    const answered = new Promise<void>((resolve) => (answers = resolve));
    const { pacs } = given;
    const store: typeof pacs.store = async (...asked) => {
      begins();
      const held = await pacs.store(...asked);
      await answered;
      return held;
    };
    const first = processJob(job, { ...given, pacs: { ...pacs, store } }, never);
    // There is one turn only; it comes although the first has no answer yet.
    await begun;
    await given.holding(() => Promise.resolve());
    answers();
    assert.equal((await first).outcome, 'stored');
  });

  it('fails at once on a file that will never be readable', async () => {
    const given = await tools();
    const read = () => Promise.reject(new ColouriseError('TRUNCATED', 'ends early'));
    const outcome = await processJob(
      job,
      { ...given, pictures: { ...given.pictures, read } },
      never,
    );
    assert.deepEqual([outcome.outcome, 'code' in outcome && outcome.code], ['failed', 'TRUNCATED']);
  });
});

function undescribed(route: RouteTools, code: ErrorCode): RouteTools {
  const describe = () => Promise.reject(new ColouriseError(code, 'no attributes'));
  return { ...route, feed: { ...route.feed, describe } };
}

/** A lung map with one block of lung on each side, as a frontal film gives it. */
function twoLungs(): Float32Array {
  return Float32Array.from({ length: 256 }, (_, at) => {
    const [row, column] = [Math.floor(at / 16), at % 16];
    const beside = (column >= 3 && column <= 6) || (column >= 9 && column <= 12);
    return row >= 3 && row <= 12 && beside ? 1 : 0;
  });
}

/** Uploading again tells the Orthanc id and changes nothing. */
function ledgerId(pacs: ReturnType<typeof createMemoryPacs>, { part10 }: Synthetic): string {
  return pacs.upload(part10);
}
