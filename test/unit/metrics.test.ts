import assert from 'node:assert/strict';
import { createMetrics } from '../../src/adapters/prometheus/metrics.js';
import { MemoryLedger } from '../../src/adapters/memory/memory-ledger.js';
import { openMemoryQueue } from '../../src/adapters/memory/memory-queue.js';
import type { ErrorCode } from '../../src/domain/errors.js';
import type { Outcome } from '../../src/domain/job.js';
import { observedLedger, observedQueue } from '../../src/pipeline/observed.js';
import {
  accepted,
  broken,
  exampleJob,
  skippedByRule,
  stored,
} from '../contract/ledger-contract.js';
import { samplesOf } from '../support/exposition.js';
import { until } from '../support/process.js';

const now = () => new Date();

describe('the metrics', () => {
  let metrics: ReturnType<typeof createMetrics>;
  beforeEach(() => {
    metrics = createMetrics();
  });
  const samples = async () => samplesOf((await metrics.expose([])).text);

  /** Two arrivals, one of them taken, through ledger and queue; the handler gives the outcomes in order. */
  async function run(...outcomes: readonly Outcome[]): Promise<void> {
    const memory = new MemoryLedger(now);
    const ledger = observedLedger(memory, metrics);
    const policy = { maxAttempts: 9, backOff: { baseMs: 1, maxMs: 1 } };
    const queue = observedQueue(
      openMemoryQueue({
        now,
        pollMs: 5,
        policy: { ...policy, outageBackOff: { baseMs: 1, maxMs: 1 } },
      }),
      metrics,
      (id) => memory.image(id)?.arrivedAt,
    );
    ledger.admit(
      [
        { orthancId: 'a', seq: 1 },
        { orthancId: 'b', seq: 2 },
      ],
      2,
    );
    ledger.decide('a', accepted(exampleJob('77')));
    ledger.decide('b', skippedByRule);
    let recorded = 0;
    await queue.onSettled(({ job, outcome }) => {
      ledger.record(job.id, outcome);
      recorded += 1;
    });
    const left = [...outcomes];
    const consumer = await queue.consume(1, () => Promise.resolve(left.shift() ?? stored));
    await queue.publish(ledger.unpublished(1));
    await until('all outcomes', () => recorded === outcomes.length);
    await consumer.close(1000);
    await queue.close();
  }

  it('count arrivals, decisions, attempts and outcomes', async () => {
    const retry: Outcome = {
      outcome: 'retry',
      code: 'PACS_UNAVAILABLE',
      reason: 'no answer',
      timingsMs: { look: 20, total: 20 },
    };
    await run(retry, stored);
    const found = await samples();
    const expected = {
      colouriser_arrivals_total: 2,
      'colouriser_decisions_total{decision="colourise",code=""}': 1,
      'colouriser_decisions_total{decision="skip",code="RULE"}': 1,
      'colouriser_outcomes_total{outcome="retry",code="PACS_UNAVAILABLE"}': 1,
      'colouriser_outcomes_total{outcome="stored",code=""}': 1,
      'colouriser_outcomes_total{outcome="failed",code="TRUNCATED"}': 0,
      'colouriser_attempts_total{outcome="stored",code=""}': 1,
      colouriser_event_to_series_seconds_count: 1,
      'colouriser_stage_seconds_count{stage="infer"}': 1,
      'colouriser_stage_seconds_bucket{le="0.05",stage="infer"}': 0,
      'colouriser_stage_seconds_bucket{le="0.1",stage="infer"}': 1,
      colouriser_jobs_in_hand: 0,
    };
    for (const [series, value] of Object.entries(expected)) {
      assert.equal(found.get(series), value, series);
    }
  });

  it('count a dead letter as failed, by its code', async () => {
    await run(broken);
    const found = await samples();
    assert.equal(found.get('colouriser_outcomes_total{outcome="failed",code="TRUNCATED"}'), 1);
    assert.equal(found.get('colouriser_event_to_series_seconds_count'), 0);
  });

  it('name no image', async () => {
    await run(stored);
    const { text } = await metrics.expose([]);
    const { id, source } = exampleJob('77');
    for (const identifier of [source.StudyInstanceUID, source.SOPInstanceUID, `"${id}"`]) {
      assert.ok(!text.includes(identifier), identifier);
    }
  });

  it('stay few when a stranger sends codes without end', async () => {
    const own = async () => {
      const found = [...(await samples())];
      return new Map(found.filter(([series]) => series.startsWith('colouriser_')));
    };
    const before = (await own()).size;
    for (let n = 0; n < 1000; n++) {
      const outcome = { ...broken, code: `CODE_${n}` as ErrorCode } as Outcome;
      metrics.telemetry.settled({
        job: exampleJob('1'),
        attempt: 1,
        outcome,
        settlement: { effect: 'ack' },
      });
    }
    const after = await own();
    assert.ok(after.size - before <= 101, `${after.size - before} new series`);
    assert.ok((after.get('colouriser_outcomes_total{outcome="failed",code="OTHER"}') ?? 0) >= 900);
  });

  it('leave out a reading while it cannot be known', async () => {
    const reading = (...places: string[]) => ({
      name: 'queue_jobs',
      help: 'Jobs.',
      samples: places.map((place) => ({ value: 7, labels: { place } })),
    });
    const text = async (...places: string[]) => (await metrics.expose([reading(...places)])).text;
    assert.equal(samplesOf(await text('dead')).get('colouriser_queue_jobs{place="dead"}'), 7);
    assert.ok(!samplesOf(await text()).has('colouriser_queue_jobs{place="dead"}'));
  });

  it('tell the share of its places that a run of a network used', async () => {
    metrics.telemetry.inferred(3, 4);
    const found = await samples();
    assert.equal(found.get('colouriser_batch_pictures_sum'), 3);
    assert.equal(found.get('colouriser_batch_fill_ratio_sum'), 0.75);
  });
});
