import type { Logger } from 'pino';
import { jobId } from '../dicom/derived-uids.js';
import { isOwnOutput } from '../dicom/own-output.js';
import type { DicomDataset } from '../domain/dicom-json.js';
import { asColouriseError, type ColouriseError, errorKinds } from '../domain/errors.js';
import type { InstanceRef, Job } from '../domain/job.js';
import { decide, type Decision, type Rules } from '../domain/rules/decide.js';
import { tellsAll } from '../domain/rules/told.js';
import { skipByAttributes } from '../imaging/displayable.js';
import type { Registry } from '../models/registry.js';
import type { ArrivedInstance, Ledger, PendingArrival, RoutedArrival } from '../ports/ledger.js';
import type { ChangeFeed, Description, Pacs } from '../ports/pacs.js';
import type { StepResult } from './loop.js';
import { renderingOf, shadowOf } from './rendering.js';
import { summarise } from './summary.js';

export interface RouteTools {
  readonly feed: ChangeFeed;
  readonly pacs: Pacs;
  readonly ledger: Ledger;
  readonly registry: Registry;
  /** The rules in force: one version decides one arrival. */
  readonly rules: () => Rules;
  readonly defaultModel: string;
  /** IANA name of the time zone by whose clock rules speak. */
  readonly timeZone: string;
  /** How long a rule that waits for its study looks away, ms. */
  readonly stablePollMs: number;
  /** Looks at one arrival that may fail before its row says so. */
  readonly maxAttempts: number;
  /** Knows what was stored lately, so that the archive need not be asked about it. */
  readonly isOurs?: (ref: InstanceRef) => boolean;
  /** Whether nothing can be had from the archive now: no arrival is to blame for that. */
  readonly archiveIsAway: () => boolean;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Arrivals that are described at the same time: more gains nothing on Orthanc's side. */
const atOnce = 4;
const batch = 32;

const firstPostponeMs = 1_000;
const longestPostponeMs = 30_000;

/**
 * Decides arrivals whose time has come. One that cannot be described has its turn again after the others, and ends
 * as a failed row when that happens too often.
 */
export async function routeDueArrivals(tools: RouteTools): Promise<StepResult> {
  const due = tools.ledger.dueArrivals(batch);
  for (let first = 0; first < due.length; first += atOnce) {
    await Promise.all(
      due.slice(first, first + atOnce).map((arrival) => settleArrival(arrival, tools)),
    );
  }
  return due.length === batch ? 'more' : 'idle';
}

async function settleArrival(arrival: PendingArrival, tools: RouteTools): Promise<void> {
  const { ledger, stablePollMs, now, log } = tools;
  const { orthancId, attempts } = arrival;
  const routed = await routeArrival(orthancId, tools).catch((thrown: unknown) =>
    afterFault(arrival, asColouriseError(thrown), tools),
  );
  if (routed === 'later') return;
  if (routed === 'wait') {
    const until = new Date(now().getTime() + stablePollMs);
    ledger.postpone(orthancId, until, 'waits until its study is stable', attempts);
    return;
  }
  ledger.decide(orthancId, routed);
  const { rule, reason, skip, failure, jobs } = routed;
  log.info({ orthancId, rule, reason, skip, failure, jobs: jobs.length }, 'decided');
}

async function afterFault(
  { orthancId, attempts: before }: PendingArrival,
  { code, message }: ColouriseError,
  tools: RouteTools,
): Promise<RoutedArrival | 'later'> {
  const { ledger, log, maxAttempts, now } = tools;
  // It stays due, and the loop goes on with it as soon as the archive answers.
  if (code === 'PACS_UNAVAILABLE' || tools.archiveIsAway()) return 'later';
  const attempts = before + 1;
  if (attempts >= maxAttempts) {
    const source = await tools.feed.identify(orthancId).catch(() => undefined);
    const reason = `gave up after ${attempts} attempts: ${message}`;
    return { ...nothing(tools), ...(source ? { source } : {}), failure: code, reason };
  }
  const afterMs = Math.min(longestPostponeMs, firstPostponeMs * 2 ** before);
  ledger.postpone(orthancId, new Date(now().getTime() + afterMs), `${code}: ${message}`, attempts);
  log.warn({ orthancId, code, reason: message, attempt: attempts }, 'will be looked at again');
  return 'later';
}

/** What to do with one arrived image. @throws the retryable codes, for the caller to try again */
async function routeArrival(
  orthancId: string,
  inForce: RouteTools,
): Promise<RoutedArrival | 'wait'> {
  // Taken once: whatever is reloaded meanwhile decides the next arrival.
  const version = inForce.rules();
  const tools = { ...inForce, rules: () => version };
  const recalled = tools.feed.recall(orthancId);
  if (recalled && tools.isOurs?.(recalled)) {
    return { ...nothing(tools), source: recalled, ...ownOutput };
  }
  const described = await tools.feed.describe(orthancId);
  if (described === undefined) return gone(tools);
  const { source } = described;
  if (tools.isOurs?.(source)) return { ...nothing(tools), source, ...ownOutput };
  try {
    const attributes = await enough(described, tools);
    if (attributes === undefined) return gone(tools, source);
    return await routeDescribed(orthancId, source, attributes, tools);
  } catch (thrown) {
    const { code, message: reason } = asColouriseError(thrown);
    if (errorKinds[code].retry) throw thrown;
    return { ...nothing(tools), source, failure: code, reason };
  }
}

/**
 * Attributes as the archive's index has them, where it tells all that the rules read; else as DICOMweb has them, for
 * which Orthanc reads the whole file: 25 ms of its time for a radiograph, instead of 1.
 */
async function enough(
  { source, attributes }: Description,
  { pacs, rules }: RouteTools,
): Promise<DicomDataset | undefined> {
  return tellsAll(attributes, rules().reads) ? attributes : pacs.metadata(source);
}

async function routeDescribed(
  orthancId: string,
  source: ArrivedInstance,
  attributes: DicomDataset,
  tools: RouteTools,
): Promise<RoutedArrival | 'wait'> {
  const summary = summarise(attributes);
  const common = { ...nothing(tools), source, summary };
  if (isOwnOutput(attributes)) {
    return { ...common, ...ownOutput };
  }
  const decision = await decideWithStudy(orthancId, source, attributes, tools);
  if (decision === 'gone') return gone(tools, source);
  switch (decision.decision) {
    case 'wait':
      return 'wait';
    case 'skip':
      return { ...common, ...ruledBy(decision), skip: decision.code };
    case 'colourise': {
      // Said before the image is fetched, in the words of the rule that wanted it.
      const unfit = skipByAttributes(attributes);
      if (unfit) {
        return { ...common, ...ruledBy(decision), skip: unfit.code, reason: unfit.reason };
      }
      const { notBefore } = decision;
      return {
        ...common,
        ...ruledBy(decision),
        ...(notBefore ? { notBefore } : {}),
        jobs: jobsOf(source, decision, tools),
      };
    }
    default:
      return decision satisfies never;
  }
}

/** Rules that wait for a stable study see all its images, ours left out. */
async function decideWithStudy(
  orthancId: string,
  source: ArrivedInstance,
  attributes: DicomDataset,
  { feed, pacs, rules, timeZone, now }: RouteTools,
): Promise<Decision | 'gone'> {
  const inForce = rules();
  const reception = inForce.reads.arrival ? await feed.reception(orthancId) : {};
  if (reception === undefined) return 'gone';
  const context = { reception, timeZone, now: now() };
  const decision = decide(inForce, attributes, context);
  if (decision.decision !== 'wait') return decision;
  const stable = await feed.isStudyStable(source.studyOrthancId);
  if (stable === undefined) return 'gone';
  if (!stable) return decision;
  const { StudyInstanceUID } = source;
  const study = await pacs.studyMetadata(StudyInstanceUID);
  const images = study.filter((image) => !isOwnOutput(image));
  return decide(inForce, attributes, { ...context, study: images });
}

function jobsOf(
  source: InstanceRef,
  decision: Extract<Decision, { decision: 'colourise' }>,
  tools: RouteTools,
): readonly Job[] {
  return decision.actions.map((action) => {
    const rendering = renderingOf(action, tools.registry, tools.defaultModel);
    const shadow = shadowOf(action, rendering, tools.registry, (reason) => {
      tools.log.warn({ rule: decision.rule, reason }, 'nothing runs in the shadow');
    });
    return {
      id: jobId(source, rendering),
      source: {
        StudyInstanceUID: source.StudyInstanceUID,
        SeriesInstanceUID: source.SeriesInstanceUID,
        SOPInstanceUID: source.SOPInstanceUID,
      },
      rendering,
      priority: decision.priority,
      rule: decision.rule,
      // Where the tags were inconclusive the picture itself must decide.
      needsLungs: decision.recognise || !decision.allowWithoutLungs,
      ...(shadow ? { shadow } : {}),
      ...(action.forward === undefined ? {} : { forward: [action.forward].flat() }),
    };
  });
}

const ownOutput = {
  skip: 'OWN_OUTPUT',
  reason: 'this is a colour image that we stored',
} as const;

function nothing({ rules }: RouteTools) {
  return { rule: '', rulesVersion: rules().version, jobs: [], summary: {} };
}

function gone(tools: RouteTools, source?: ArrivedInstance): RoutedArrival {
  return {
    ...nothing(tools),
    ...(source ? { source } : {}),
    skip: 'SOURCE_GONE',
    reason: 'the image was deleted before it could be looked at',
  };
}

function ruledBy({ rule, reason, rulesVersion, explanation }: Decision) {
  return { rule, reason, rulesVersion, explanation };
}
