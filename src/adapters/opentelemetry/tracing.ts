/** Loaded only where an endpoint is configured: the SDK costs a third of a second at start. */
import { hostname } from 'node:os';
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { type Job, type Outcome, parseTraceparent } from '../../domain/job.js';
import type { Span, Tracing } from '../../ports/tracing.js';

export interface TracingOptions {
  /** Address of the collector, without `/v1/traces`. */
  readonly endpoint: string;
  /** Sent as Bearer. */
  readonly token?: string;
  /** Share of traces that are begun and sent, 0 to 1. */
  readonly sampleRatio: number;
  readonly service: string;
  readonly version: string;
  /** Hears once when spans cannot be sent, and once (undefined) when they can again. */
  readonly onFault: (fault: string | undefined) => void;
}

/** Spans in memory at most; what is more is dropped: no collector slows an image down. */
const bounds = { maxQueueSize: 4096, maxExportBatchSize: 512, scheduledDelayMillis: 2_000 };
const exportTimeoutMs = 5_000;
const closeTimeoutMs = 2_000;

/** Spans over OTLP/HTTP, in JSON. */
export function openTracing(options: TracingOptions): Tracing {
  const { endpoint, token, service, version, sampleRatio, onFault } = options;
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: exportTimeoutMs,
    ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': version,
      'host.name': hostname(),
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: tellingFaults(exporter, onFault), ...bounds }),
    ],
  });
  const tracer = provider.getTracer('orthanc-colouriser', version);

  /** A finished span below a context. */
  const add = (
    name: string,
    within: Context,
    { fromMs, toMs }: Span,
    attributes: Attributes = {},
    kind = SpanKind.INTERNAL,
  ): void => {
    tracer.startSpan(name, { startTime: fromMs, kind, attributes }, within).end(toMs);
  };

  return {
    arrived(admittedAtMs, routedFromMs) {
      const root = tracer.startSpan('image', { startTime: admittedAtMs }, ROOT_CONTEXT);
      const { traceId, spanId, traceFlags } = root.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        decided({ jobs, skip, failure, rule }) {
          const attributes = {
            'colouriser.decision': jobs.length > 0 ? 'colourise' : failure ? 'failed' : 'skip',
            'colouriser.code': failure ?? skip ?? '',
            'colouriser.rule': rule,
          };
          const toMs = Date.now();
          add('route', trace.setSpan(ROOT_CONTEXT, root), { fromMs: routedFromMs, toMs });
          root.setAttributes(attributes);
          root.end(toMs);
        },
      };
    },
    published(jobs, when) {
      for (const job of jobs) add('publish', contextOf(job), when, facts(job), SpanKind.PRODUCER);
    },
    attempted(job, attempt) {
      const attributes = { ...facts(job), 'colouriser.attempt': attempt };
      const span = tracer.startSpan(
        'attempt',
        { kind: SpanKind.CONSUMER, attributes },
        contextOf(job),
      );
      const within = trace.setSpan(ROOT_CONTEXT, span);
      return {
        stage(name, when) {
          add(name, within, when);
        },
        end(outcome) {
          span.setAttributes(outcomeFacts(outcome));
          if (outcome?.outcome === 'failed' || outcome?.outcome === 'retry') {
            span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.code });
          }
          span.end();
        },
      };
    },
    recorded({ job, outcome, attempt }, when) {
      const attributes = { ...facts(job), ...outcomeFacts(outcome), 'colouriser.attempt': attempt };
      add('record', contextOf(job), when, attributes);
    },
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise((resolve) => (timer = setTimeout(resolve, closeTimeoutMs)));
      await Promise.race([provider.shutdown().catch(() => undefined), limit]);
      clearTimeout(timer);
    },
  };
}

function contextOf(job: Job): Context {
  const parent = job.traceparent === undefined ? undefined : parseTraceparent(job.traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

function facts({ id, rendering }: Job): Attributes {
  return { 'colouriser.job': id, 'colouriser.model': rendering.model };
}

function outcomeFacts(outcome: Outcome | undefined): Attributes {
  if (outcome === undefined) return { 'colouriser.outcome': 'returned' };
  const code = 'code' in outcome ? { 'colouriser.code': outcome.code } : {};
  return { 'colouriser.outcome': outcome.outcome, ...code };
}

/** A collector that is away is told of once, not every two seconds. */
function tellingFaults(
  exporter: SpanExporter,
  onFault: (fault: string | undefined) => void,
): SpanExporter {
  let isFaulty = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const fault = result.error?.message;
        if ((fault !== undefined) !== isFaulty) onFault(fault);
        isFaulty = fault !== undefined;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
