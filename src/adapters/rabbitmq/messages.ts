import type { Message } from 'amqplib';
import { z } from 'zod';
import { ColouriseError, type ErrorCode, errorKinds } from '../../domain/errors.js';
import { compressions, type Job, type Outcome, type SkipCode } from '../../domain/job.js';
import type { ShadowResult } from '../../domain/shadow.js';
import { firstTry, type Settlement, type Tries } from '../../domain/settle.js';
import type { Settled } from '../../ports/queue.js';
import { asJson } from './publisher.js';

/** A job as it came from a lane. */
export interface ReceivedJob {
  readonly job: Job;
  readonly tries: Tries;
}

/** Whether it is a UID is for the archive to say. */
const uid = z.string().min(1).max(64);
const count = z.int().min(0);

const modelVersion = z.object({ model: z.string(), modelVersion: z.string() });

const job: z.ZodType<Job> = z.object({
  id: z.string().min(1),
  source: z.object({ StudyInstanceUID: uid, SeriesInstanceUID: uid, SOPInstanceUID: uid }),
  rendering: z.object({
    model: z.string(),
    modelVersion: z.string(),
    palette: z.enum(['magenta', 'amber', 'blue']),
    strength: z.number().gt(0).max(1),
    banner: z.boolean(),
    window: z.int().min(2).exactOptional(),
    modality: z.enum(['source', 'OT']),
    display: z.literal('gsdf').exactOptional(),
    contours: z.array(z.number().gt(0).lt(1)).min(1).max(5).exactOptional(),
    compression: z.enum(compressions).exactOptional(),
  }),
  priority: z.number().min(0).max(9),
  rule: z.string(),
  needsLungs: z.boolean(),
  shadow: modelVersion.exactOptional(),
  forward: z.array(z.string()).exactOptional(),
  traceparent: z.string().exactOptional(),
});

const tries = z.object({ faults: count, outages: count });
const timingsMs = z.record(z.string(), z.number());
const code = z.custom<ErrorCode>((value) => typeof value === 'string' && value in errorKinds);
// A serve that is older than its workers records a skip code that it does not know yet.
const skipCode = z.custom<SkipCode>((value) => typeof value === 'string');

const outcome: z.ZodType<Outcome> = z.union([
  z.object({
    outcome: z.enum(['stored', 'already-stored']),
    output: z.object({ SeriesInstanceUID: uid, SOPInstanceUID: uid }),
    probability: z.number().exactOptional(),
    timingsMs,
  }),
  z.object({ outcome: z.literal('skipped'), code: skipCode, reason: z.string(), timingsMs }),
  z.object({ outcome: z.literal('retry'), code, reason: z.string(), timingsMs }),
  z.object({ outcome: z.literal('failed'), code, reason: z.string(), timingsMs }),
]);

const settlement: z.ZodType<Settlement> = z.union([
  z.object({ effect: z.literal('ack') }),
  z.object({ effect: z.literal('redeliver'), afterMs: z.number(), tries }),
  z.object({ effect: z.literal('dead-letter'), code, reason: z.string() }),
]);

const settled: z.ZodType<Settled> = z.object({ job, attempt: count, outcome, settlement });

const share = z.number().min(0).max(1);
const chroma = z.object({
  probability: share.exactOptional(),
  colouredShare: share,
  meanChroma: z.number().min(0),
  maxChroma: z.number().min(0),
});
const shadowFacts = {
  jobId: z.string().min(1),
  stored: modelVersion,
  shadow: modelVersion,
  inferMs: z.number().min(0),
};
const shadowResult: z.ZodType<ShadowResult> = z.union([
  z.object({
    ...shadowFacts,
    figures: z.object({
      stored: chroma,
      shadow: chroma,
      dice: share,
      iou: share,
      deltaChroma: z.number().min(0),
    }),
  }),
  z.object({ ...shadowFacts, code: z.string().max(48) }),
]);

/** @throws ColouriseError `MALFORMED` */
export function receivedShadow(message: Message): ShadowResult {
  return parsed(shadowResult, message);
}

/** The body is JSON; tries travel in headers, so that one message serves every attempt, and so does the trace. */
export function jobMessage(
  { traceparent, ...job }: Job,
  { faults, outages }: Tries,
): { readonly content: Buffer; readonly headers: Readonly<Record<string, unknown>> } {
  const headers = { faults, outages, ...(traceparent === undefined ? {} : { traceparent }) };
  return { content: asJson(job), headers };
}

/**
 * Deliveries that ended without a settlement are faults: the broker counts them since the last publishing.
 * @throws ColouriseError `MALFORMED`
 */
export function receivedJob(message: Message): ReceivedJob {
  const headers = headersOf(message);
  const lost = countIn(headers, 'x-delivery-count');
  const faults = countIn(headers, 'faults') ?? firstTry.faults;
  const outages = countIn(headers, 'outages') ?? firstTry.outages;
  return {
    job: { ...parsed(job, message), ...traceIn(headers) },
    tries: { faults: faults + (lost ?? 0), outages },
  };
}

/** @throws ColouriseError `MALFORMED` */
export function receivedSettled(message: Message): Settled {
  return parsed(settled, message);
}

/** True for a job that the broker took out of its lane itself: it reached the delivery limit, or no worker could read it. */
export function wasAbandoned(message: Message): boolean {
  return 'x-first-death-reason' in headersOf(message);
}

function traceIn({ traceparent }: Readonly<Record<string, unknown>>): Pick<Job, 'traceparent'> {
  return typeof traceparent === 'string' ? { traceparent } : {};
}

function headersOf(message: Message): Readonly<Record<string, unknown>> {
  return message.properties.headers ?? {};
}

function countIn(headers: Readonly<Record<string, unknown>>, name: string): number | undefined {
  return count.safeParse(headers[name]).data;
}

function parsed<T>(schema: z.ZodType<T>, { content }: Message): T {
  try {
    return schema.parse(JSON.parse(content.toString('utf8')));
  } catch (cause) {
    throw new ColouriseError('MALFORMED', 'a message in the broker is none of ours', { cause });
  }
}
