import assert from 'node:assert/strict';
import { backOffMs } from '../../src/domain/back-off.js';
import type { ErrorCode } from '../../src/domain/errors.js';
import type { Outcome } from '../../src/domain/job.js';
import { defaultRetryPolicy, firstTry, recordedOutcome, settle } from '../../src/domain/settle.js';

const retry = (code: ErrorCode): Outcome => ({
  outcome: 'retry',
  code,
  reason: 'r',
  timingsMs: {},
});

describe('back-off', () => {
  const backOff = { baseMs: 2000, maxMs: 600_000 };

  it('doubles from its base and stops at its limit', () => {
    const steps = [1, 2, 3, 9, 10, 5000].map((attempt) => backOffMs(attempt, backOff, 1));
    assert.deepEqual(steps, [2000, 4000, 8000, 512_000, 600_000, 600_000]);
  });

  it('spreads each step over its upper half', () => {
    assert.equal(backOffMs(3, backOff, 0), 4000);
    assert.equal(backOffMs(3, backOff, 0.5), 6000);
  });
});

describe('settle', () => {
  const decide = (outcome: Outcome, faults = 0, outages = 0) =>
    settle(outcome, { faults, outages }, defaultRetryPolicy, 1);

  it('acknowledges what was stored or skipped', () => {
    const output = { SeriesInstanceUID: '2.25.1', SOPInstanceUID: '2.25.2' };
    const outcomes: Outcome[] = [
      { outcome: 'stored', output, timingsMs: {} },
      { outcome: 'already-stored', output, timingsMs: {} },
      { outcome: 'skipped', code: 'NO_LUNGS', reason: 'none found', timingsMs: {} },
    ];
    for (const outcome of outcomes) assert.deepEqual(decide(outcome), { effect: 'ack' });
  });

  it('dead-letters a failure at its first attempt', () => {
    const failed: Outcome = { outcome: 'failed', code: 'NOT_DICOM', reason: 'r', timingsMs: {} };
    assert.deepEqual(decide(failed), { effect: 'dead-letter', code: 'NOT_DICOM', reason: 'r' });
  });

  it('redelivers a fault after its back-off, seven times', () => {
    assert.deepEqual(decide(retry('MODEL_FAILED'), 6, 3), {
      effect: 'redeliver',
      afterMs: 128_000,
      tries: { faults: 7, outages: 3 },
    });
    assert.equal(decide(retry('MODEL_FAILED'), 7, 3).effect, 'dead-letter');
  });

  it('waits for an absent server without end, and at most two minutes at a time', () => {
    const codes = [
      'PACS_UNAVAILABLE',
      'PACS_UNAUTHORISED',
      'STORAGE_FULL',
      'QUEUE_UNAVAILABLE',
    ] as const;
    for (const code of codes) {
      assert.deepEqual(decide(retry(code), 7, 999), {
        effect: 'redeliver',
        afterMs: 120_000,
        tries: { faults: 7, outages: 1000 },
      });
    }
  });

  it('lets the ledger record a retry that was given up as failed', () => {
    const last = retry('INTERNAL');
    assert.deepEqual(recordedOutcome(last, decide(last, 7)), {
      outcome: 'failed',
      code: 'INTERNAL',
      reason: 'gave up after 8 attempts: r',
      timingsMs: {},
    });
    assert.equal(recordedOutcome(last, settle(last, firstTry, defaultRetryPolicy, 0)), last);
  });
});
