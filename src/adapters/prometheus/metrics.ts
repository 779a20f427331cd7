import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { errorKinds } from '../../domain/errors.js';
import type { Outcome } from '../../domain/job.js';
import type { Exposition, Reading, Telemetry } from '../../ports/telemetry.js';

const prefix = 'colouriser_';

/** From a question to the archive to a decode on an overloaded machine, s. */
const stageBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** From an idle queue to the morning after an outage, s. */
const latencyBuckets = [0.5, 1, 2, 3, 5, 10, 30, 60, 300, 1800, 7200, 43_200];
const fillBuckets = [0.25, 0.5, 0.75, 0.9, 1];
const batchBuckets = [1, 2, 4, 8, 16, 32];

export interface Metrics {
  readonly telemetry: Telemetry;
  /** What happened so far, and the readings of now. */
  expose(readings: readonly Reading[]): Promise<Exposition>;
}

/**
 * What Prometheus scrapes. Counters begin at 0 where the label values are known, so that the first of a kind shows
 * as an increase.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauges = createGauges(registry);
  return {
    telemetry: createTelemetry(registry),
    async expose(readings) {
      for (const reading of readings) gauges.set(reading);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function createGauges(registry: Registry) {
  const known = new Map<string, Gauge>();
  return {
    set({ name, help, samples }: Reading): void {
      const labelNames = Object.keys(samples[0]?.labels ?? {});
      let gauge = known.get(name);
      if (gauge === undefined) {
        // Its labels are those of its first samples.
        if (samples.length === 0) return;
        gauge = new Gauge({ name: `${prefix}${name}`, help, labelNames, registers: [registry] });
        known.set(name, gauge);
      }
      gauge.reset();
      for (const { labels = {}, value } of samples) gauge.set(labels, value);
    },
  };
}

function createTelemetry(registry: Registry): Telemetry {
  const registers = [registry];
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name: `${prefix}${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, buckets: number[], ...labelNames: string[]) =>
    new Histogram({ name: `${prefix}${name}`, help, buckets, labelNames, registers });

  const arrivals = counter('arrivals_total', 'New instances read from the change log.');
  const decisions = counter(
    'decisions_total',
    'Arrivals decided: colourise, or why not (skip or failed, with its code).',
    'decision',
    'code',
  );
  const outcomes = counter(
    'outcomes_total',
    'Attempts recorded in the ledger; retry is delivered again, failed is a dead letter.',
    'outcome',
    'code',
  );
  const attempts = counter(
    'attempts_total',
    'Attempts of this process, where the work is done; returned went back unfinished.',
    'outcome',
    'code',
  );
  const stages = histogram(
    'stage_seconds',
    'Duration of each stage of an attempt of this process, and their total.',
    stageBuckets,
    'stage',
  );
  const latency = histogram(
    'event_to_series_seconds',
    'From the admission of an arrival until its colour series was stored, read back and recorded.',
    latencyBuckets,
  );
  const forwards = counter(
    'forwards_total',
    'Attempts at destinations that answered: sent, retry, failed, or dropped as the colour is gone.',
    'destination',
    'outcome',
  );
  const notices = counter(
    'notices_total',
    'Messages to somebody, by channel.',
    'channel',
    'outcome',
  );
  const pictures = histogram('batch_pictures', 'Pictures in one run of a network.', batchBuckets);
  const fill = histogram('batch_fill_ratio', 'Share of its places that a run used.', fillBuckets);
  const inHand = new Gauge({
    name: `${prefix}jobs_in_hand`,
    help: 'Jobs that this process works on now.',
    registers,
  });

  const shadows = counter(
    'shadow_pictures_total',
    'Pictures for models in the shadow, of this process: compared, failed or left out.',
    'result',
  );
  for (const result of ['compared', 'failed', 'left-out']) shadows.inc({ result }, 0);
  decisions.inc({ decision: 'colourise', code: '' }, 0);
  for (const outcome of ['stored', 'already-stored']) outcomes.inc({ outcome, code: '' }, 0);
  for (const code of Object.keys(errorKinds)) {
    for (const outcome of ['retry', 'failed']) outcomes.inc({ outcome, code }, 0);
    decisions.inc({ decision: 'failed', code }, 0);
  }
  const codes = boundedSet();
  const labelsOf = (outcome: Outcome) => ({
    outcome: outcome.outcome,
    code: 'code' in outcome ? codes.label(outcome.code) : '',
  });

  return {
    arrived(instances) {
      arrivals.inc(instances);
    },
    decided({ jobs, skip, failure }) {
      if (jobs.length > 0) decisions.inc({ decision: 'colourise', code: '' });
      else if (failure !== undefined) decisions.inc({ decision: 'failed', code: failure });
      else decisions.inc({ decision: 'skip', code: skip ?? '' });
    },
    began() {
      inHand.inc();
    },
    attempted(outcome) {
      inHand.dec();
      attempts.inc(outcome === undefined ? { outcome: 'returned', code: '' } : labelsOf(outcome));
      for (const [stage, ms] of Object.entries(outcome?.timingsMs ?? {})) {
        stages.observe({ stage }, ms / 1000);
      }
    },
    settled({ outcome }, sinceArrivalMs) {
      outcomes.inc(labelsOf(outcome));
      if (sinceArrivalMs !== undefined) latency.observe(sinceArrivalMs / 1000);
    },
    shadowed(result) {
      shadows.inc({ result });
    },
    forwarded(destination, outcome) {
      forwards.inc({ destination, outcome });
    },
    notified(channel, outcome) {
      notices.inc({ channel, outcome });
    },
    inferred(count, places) {
      pictures.observe(count);
      fill.observe(count / places);
    },
  };
}

/** Codes also come from workers of other releases, over the broker: what is beyond all reason shares one label. */
function boundedSet(most = 100) {
  const seen = new Set<string>();
  return {
    label(code: string): string {
      if (seen.size < most && /^[A-Z][A-Z0-9_]{0,47}$/.test(code)) seen.add(code);
      return seen.has(code) ? code : 'OTHER';
    },
  };
}
