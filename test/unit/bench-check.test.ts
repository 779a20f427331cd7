import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { muchWorse } from '../../bench/check.js';
import { barsOf, type Measured } from '../../bench/results.js';

const before = JSON.parse(readFileSync('bench/results/latest.json', 'utf8')) as Measured;

/** The committed run, were the service so many times slower, hungrier for processors and for memory. */
function worse({ time = 1, cpu = 1, memory = 1 }): Measured {
  const { contest, bursts, peakMegabytes } = before;
  return {
    ...before,
    contest: {
      ...contest,
      ours: contest.ours.map((run) => ({
        ms: run.ms * time,
        timingsMs: Object.fromEntries(
          Object.entries(run.timingsMs).map(([stage, ms]) => [stage, ms * time]),
        ),
      })),
    },
    bursts: {
      ...bursts,
      ours: bursts.ours.map((burst) => ({
        ...burst,
        imagesPerSecond: burst.imagesPerSecond / time,
        cpuSecondsPerImage: burst.cpuSecondsPerImage * cpu,
      })),
    },
    peakMegabytes: { ...peakMegabytes, ours: peakMegabytes.ours * memory },
  };
}

const namesOf = (lines: readonly string[]) => lines.map((line) => line.split(':')[0]);

describe('the check of the benchmark', () => {
  it('finds each ratio that is twice as bad', () => {
    assert.deepEqual(namesOf(muchWorse(before, [worse({ cpu: 2 })])), [
      'processor time an image / floor',
    ]);
    assert.deepEqual(namesOf(muchWorse(before, [worse({ memory: 2 })])), [
      'peak memory / OpenCV',
      'peak memory / scikit-image',
    ]);
    assert.deepEqual(namesOf(muchWorse(before, [worse({ time: 2 })])), [
      'event to series / floor',
      'event to series without inference / floor',
      'burst rate / floor',
      'burst rate / OpenCV',
      'burst rate / scikit-image',
    ]);
  });

  it('bears what a busy machine does to a ratio, and one unlucky run of two', () => {
    assert.deepEqual(muchWorse(before, [worse({ time: 1.4, cpu: 1.4, memory: 1.4 })]), []);
    assert.deepEqual(muchWorse(before, [worse({ time: 3 }), worse({ time: 1.2 })]), []);
    assert.equal(muchWorse(before, [worse({ time: 3 }), worse({ time: 2 })]).length, 5);
  });

  it('compares nothing that a run has not measured', () => {
    const { contest, peakMegabytes } = before;
    const { ours, openCv = NaN } = peakMegabytes;
    const without: Measured = {
      ...before,
      contest: { ...contest, scikitImage: [] },
      peakMegabytes: { ours, openCv },
    };
    assert.deepEqual(muchWorse(before, [without]), []);
    assert.ok(barsOf(without).every(({ name }) => !name.includes('scikit-image')));
    assert.equal(barsOf(before).length - barsOf(without).length, 2);
  });
});
