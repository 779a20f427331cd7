import assert from 'node:assert/strict';
import { pino } from 'pino';
import { ColouriseError } from '../../src/domain/errors.js';
import {
  admitsShadow,
  type ShadowFigures,
  type ShadowResult,
  summariseShadow,
} from '../../src/domain/shadow.js';
import { compareColourings } from '../../src/imaging/compare-colourings.js';
import type { InstalledModel } from '../../src/models/registry.js';
import { createShadows, type ShadowTools } from '../../src/pipeline/shadows.js';
import type { Colouring } from '../../src/ports/colouring.js';
import { exampleRendering } from '../support/derivation.js';
import { until } from '../support/process.js';

const stored = { model: 'evidence', modelVersion: '1.0.0' };
const shadow = { model: 'evidence', modelVersion: '1.3.0' };
const pair = { stored, shadow };

/** A map of 64 × 64 with evidence in some of its columns. */
function columns(first: number, end: number, value: number, probability?: number): Colouring {
  const evidence = Float32Array.from({ length: 64 * 64 }, (_, at) =>
    at % 64 >= first && at % 64 < end ? value : 0,
  );
  return {
    kind: 'evidence',
    rows: 64,
    columns: 64,
    evidence,
    ...(probability === undefined ? {} : { probability }),
  };
}

describe('comparing two colourings', () => {
  it('finds nothing between a colouring and itself', () => {
    const { dice, iou, deltaChroma } = compareColourings(columns(8, 24, 1), columns(8, 24, 1), 1);
    assert.deepEqual([dice, iou, deltaChroma], [1, 1, 0]);
  });

  it('takes two pictures without colour for the same', () => {
    const figures = compareColourings(columns(0, 0, 0), columns(0, 0, 0), 1);
    assert.deepEqual([figures.dice, figures.iou, figures.deltaChroma], [1, 1, 0]);
    assert.equal(figures.stored.colouredShare, 0);
  });

  it('measures how much of two bands overlaps', () => {
    // Bands of 16 and 16 columns with 8 in common, apart from their soft edges.
    const { dice, iou } = compareColourings(columns(16, 32, 1), columns(24, 40, 1), 1);
    assert.ok(Math.abs(dice - 0.5) < 0.08, `${dice}`);
    assert.ok(Math.abs(iou - 1 / 3) < 0.08, `${iou}`);
    assert.equal(compareColourings(columns(0, 16, 1), columns(40, 56, 1), 1).dice, 0);
  });

  it('says the chroma of each at the strength of the rule', () => {
    const figures = compareColourings(columns(0, 64, 1, 0.8), columns(0, 64, 0.5), 0.5);
    assert.ok(Math.abs(figures.stored.meanChroma - 12.5) < 1e-4);
    assert.ok(Math.abs(figures.shadow.maxChroma - 6.25) < 1e-4);
    assert.ok(Math.abs(figures.deltaChroma - 6.25) < 1e-4);
    assert.deepEqual([figures.stored.probability, figures.shadow.probability], [0.8, undefined]);
  });

  it('compares grids and kinds of its own', () => {
    const ab = new Float32Array(2 * 16 * 16).fill(3, 0, 256).fill(4, 256);
    const tint: Colouring = { kind: 'ab', rows: 16, columns: 16, ab };
    const figures = compareColourings(columns(0, 64, 0.2), tint, 1);
    assert.ok(Math.abs(figures.shadow.meanChroma - 5) < 1e-4, 'C* is |a*b*|');
    assert.ok(figures.deltaChroma < 1e-4);
  });
});

describe('the summary of a pair', () => {
  const figures = (own: number, other: number, dice: number): ShadowFigures => ({
    stored: { probability: own, colouredShare: own, meanChroma: 1, maxChroma: 2 },
    shadow: { probability: other, colouredShare: other, meanChroma: 1, maxChroma: 2 },
    dice,
    iou: dice / (2 - dice),
    deltaChroma: 1 - dice,
  });
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

  it('counts agreement about colour at all, and spreads the overlap of what is coloured', () => {
    const rows = [
      { ...pair, jobId: 'a', inferMs: 80, at: at(3), figures: figures(0.5, 0.25, 1) },
      { ...pair, jobId: 'b', inferMs: 90, at: at(1), figures: figures(0, 0, 1) },
      { ...pair, jobId: 'c', inferMs: 70, at: at(2), figures: figures(0, 0.5, 0) },
      { ...pair, jobId: 'd', inferMs: 1, at: at(4), code: 'MODEL_FAILED' },
    ];
    const summary = summariseShadow(pair, rows);
    assert.deepEqual(summary.coloured, { both: 1, storedOnly: 0, shadowOnly: 1, neither: 1 });
    assert.equal(summary.compared, 3);
    assert.ok(Math.abs((summary.agreement ?? 0) - 2 / 3) < 1e-12);
    assert.deepEqual(summary.faults, { MODEL_FAILED: 1 });
    assert.deepEqual(summary.diceTenths, [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert.deepEqual([summary.dice?.least, summary.dice?.greatest], [0, 1]);
    assert.deepEqual([summary.since, summary.until], [at(1), at(4)]);
    assert.equal(summary.inferMs?.median, 80);
    assert.ok(Math.abs((summary.probabilityChange?.mean ?? 0) - 0.25 / 3) < 1e-12);
  });

  it('says nothing of what was never compared', () => {
    assert.deepEqual(summariseShadow(pair, []), {
      ...pair,
      compared: 0,
      faults: {},
      coloured: { both: 0, storedOnly: 0, shadowOnly: 0, neither: 0 },
      diceTenths: Array(10).fill(0),
    });
  });
});

describe('what goes through the shadow', () => {
  const budget = { mostWaiting: 2, perMinute: 3 };
  it('is bounded in number and in time, and nothing where it is turned off', () => {
    assert.equal(admitsShadow({ waiting: 1, takenLately: 2 }, budget), true);
    assert.equal(admitsShadow({ waiting: 2, takenLately: 2 }, budget), false);
    assert.equal(admitsShadow({ waiting: 0, takenLately: 3 }, budget), false);
    assert.equal(admitsShadow({ waiting: 0, takenLately: 0 }, { ...budget, perMinute: 0 }), false);
  });
});

describe('models in the shadow', () => {
  const model = { manifest: { input: { rows: 16, columns: 16 } } } as unknown as InstalledModel;
  const image = { Rows: 16, Columns: 16, grey: new Uint8Array(256) };
  const sighting = (id: string) => ({
    job: { id, rendering: exampleRendering, shadow },
    image,
    colouring: columns(0, 8, 1),
  });

  function bench(more: Partial<ShadowTools> = {}, mostWaiting = 4) {
    const results: ShadowResult[] = [];
    const counted: string[] = [];
    let seen = 0;
    const shadows = createShadows(
      {
        registry: { get: () => model },
        networks: {
          infer: () => {
            seen += 1;
            return Promise.resolve(columns(0, 8, 1));
          },
        },
        pictures: { shrink: () => Promise.resolve(new Float32Array(256)) },
        sink: { record: (result) => void results.push(result) },
        telemetry: { shadowed: (result) => void counted.push(result) },
        log: pino({ level: 'silent' }),
        nowMs: () => performance.now(),
        ...more,
      },
      { perMinute: 100, mostWaiting, lullMs: 1, timeoutMs: 10_000 },
    );
    return { shadows, results, counted, seen: () => seen };
  }

  it('see a picture only when no job is in hand', async () => {
    const { shadows, results, seen } = bench();
    shadows.began();
    shadows.began();
    shadows.offer(sighting('a'));
    shadows.ended();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(seen(), 0);
    shadows.ended();
    await until('the result', () => results[0]);
    assert.deepEqual(
      [results[0]?.jobId, results[0]?.shadow, results[0]?.stored.model],
      ['a', shadow, exampleRendering.model],
    );
    shadows.stop();
  });

  it('leave out what comes while too much waits', async () => {
    const { shadows, results, counted } = bench({}, 2);
    shadows.began();
    for (const id of ['a', 'b', 'c']) shadows.offer(sighting(id));
    assert.deepEqual(counted, ['left-out']);
    shadows.ended();
    await until('both results', () => results[1]);
    assert.deepEqual(
      results.map(({ jobId }) => jobId),
      ['a', 'b'],
    );
    shadows.stop();
  });

  it('record a fault of theirs as their result, and go on', async () => {
    const failing = new ColouriseError('MODEL_NOT_FOUND', 'not installed');
    let count = 0;
    const get = () => {
      count += 1;
      if (count === 1) throw failing;
      return model;
    };
    const { shadows, results, counted } = bench({ registry: { get } });
    shadows.offer(sighting('a'));
    shadows.offer(sighting('b'));
    const second = await until('both results', () => results[1]);
    assert.equal('code' in results[0]! && results[0].code, 'MODEL_NOT_FOUND');
    assert.ok('figures' in second);
    assert.deepEqual(counted, ['failed', 'compared']);
    shadows.stop();
  });

  it('lose a result that cannot be recorded, and nothing else', async () => {
    let told = 0;
    const sink = {
      record: () => {
        told += 1;
        throw new ColouriseError('QUEUE_UNAVAILABLE', 'the disk is full');
      },
    };
    const { shadows } = bench({ sink });
    shadows.offer(sighting('a'));
    shadows.offer(sighting('b'));
    await until('both attempts', () => (told === 2 ? true : undefined));
    shadows.stop();
  });

  it('leave everything out once they are stopped', async () => {
    const { shadows, results, counted } = bench();
    shadows.offer(sighting('a'));
    shadows.stop();
    shadows.offer(sighting('b'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([results, counted], [[], ['left-out']]);
  });
});
