import assert from 'node:assert/strict';
import type { Clock } from '../../src/adapters/onnx/batcher.js';
import { networksOver } from '../../src/adapters/onnx/inference-pool.js';
import type { InferenceThreads } from '../../src/adapters/onnx/inference-threads.js';
import { ColouriseError } from '../../src/domain/errors.js';
import type { InstalledModel } from '../../src/models/registry.js';
import type { Colouring } from '../../src/ports/colouring.js';

const model = {} as InstalledModel;
/** A thumbnail of one pixel, which comes back as the score. */
const picture = (value: number) => Float32Array.of(value);
const poison = 13;
const unreadable = 14;

/** Threads that colour all but `poison`, and cannot even finish a run that holds it. */
function threads(over: Partial<InferenceThreads> = {}) {
  const runs: number[][] = [];
  const fake: InferenceThreads = {
    load: () => Promise.resolve(),
    run: (_, thumbnails) => {
      const values = thumbnails.map(([value = 0]) => value);
      runs.push(values);
      if (values.includes(poison)) return Promise.reject(new Error('the thread has died'));
      return Promise.resolve(
        values.map((probability) =>
          probability === unreadable
            ? ({ code: 'MODEL_FAILED', message: 'not a number' } as const)
            : { value: { kind: 'evidence', probability } as Colouring },
        ),
      );
    },
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ...over,
  };
  return { runs, fake };
}

/** Time passes only once everything has been said that is said at once, however busy the machine. */
function calmClock(): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    after(ms, act) {
      const alarm = setImmediate(() => {
        nowMs += ms;
        act();
      });
      return () => {
        clearImmediate(alarm);
      };
    },
  };
}

describe('the pool of networks', () => {
  const options = { provider: 'cuda', sessions: 1, batch: 4, batchWaitMs: 1 } as const;
  const scoreOf = async (answer: Promise<Colouring>) => {
    const colouring = await answer;
    return colouring.kind === 'evidence' && colouring.probability;
  };

  it('runs a batch that failed again picture by picture: one poisonous picture fails alone', async () => {
    const { runs, fake } = threads();
    const networks = networksOver(fake, options, calmClock());
    const answers = [1, poison, 3, 4].map((value) => networks.infer(model, picture(value)));
    const [first, second, third, fourth] = await Promise.allSettled(answers.map(scoreOf));
    assert.deepEqual(
      [first, third, fourth],
      [1, 3, 4].map((value) => ({ status: 'fulfilled', value })),
    );
    assert.equal(
      second?.status === 'rejected' && (second.reason as ColouriseError).code,
      'INTERNAL',
    );
    assert.deepEqual(runs, [[1, poison, 3, 4], [1], [poison], [3], [4]]);
    const { fill, splitBatches, failures, waiting, running } = networks.stats();
    assert.deepEqual(fill, [0, 0, 0, 1]);
    assert.deepEqual([splitBatches, failures, waiting, running], [1, 1, 0, 0]);
  });

  it('fails a picture whose output cannot be used, and no other, in one run', async () => {
    const { runs, fake } = threads();
    const networks = networksOver(fake, options, calmClock());
    const [bad, good] = [
      networks.infer(model, picture(unreadable)),
      networks.infer(model, picture(2)),
    ];
    await assert.rejects(bad, { code: 'MODEL_FAILED' });
    assert.equal(await scoreOf(good), 2);
    assert.equal(runs.length, 1);
  });

  it('blames the model, not its pictures, when it does not load', async () => {
    const fault = new ColouriseError('MODEL_INVALID', 'other weights');
    let runs = 0;
    const { fake } = threads({
      run: () => {
        runs++;
        return Promise.reject(fault);
      },
    });
    const networks = networksOver(fake, options, calmClock());
    const both = [1, 2].map((value) => networks.infer(model, picture(value)));
    for (const { status } of await Promise.allSettled(both)) assert.equal(status, 'rejected');
    assert.equal(runs, 1);
  });

  it('gives up hardware that no longer answers its golden picture, once and for all', async () => {
    const losses: ColouriseError[] = [];
    const { runs, fake } = threads({
      check: () => Promise.reject(new ColouriseError('PROVIDER_UNAVAILABLE', 'golden picture')),
    });
    const networks = networksOver(
      fake,
      { ...options, onLost: (fault) => losses.push(fault) },
      calmClock(),
    );
    const answers = [poison, 2, 3].map((value) => networks.infer(model, picture(value)));
    for (const answer of answers) await assert.rejects(answer, { code: 'PROVIDER_UNAVAILABLE' });
    await assert.rejects(networks.infer(model, picture(4)), { code: 'PROVIDER_UNAVAILABLE' });
    assert.equal(losses.length, 1);
    assert.deepEqual(runs, [[poison, 2, 3], [poison]]);
  });

  it('does not count a picture that its job gave up', async () => {
    const networks = networksOver(threads().fake, options, calmClock());
    const abort = new AbortController();
    const given = networks.infer(model, picture(1), abort.signal);
    const kept = networks.infer(model, picture(2));
    abort.abort(new Error('stopped'));
    await assert.rejects(given, /stopped/);
    assert.equal(await scoreOf(kept), 2);
    assert.equal(networks.stats().failures, 0);
  });
});
