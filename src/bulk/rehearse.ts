import { setImmediate as turn } from 'node:timers/promises';
import { RehearsalTally } from '../domain/rehearsal-tally.js';
import type {
  ExplainedImage,
  ExplainedRuling,
  MeasuredModel,
  Rehearsal,
  RehearsalProgress,
  Ruling,
} from '../domain/rehearsal.js';
import { because } from '../domain/rules/explanation.js';
import { decide, type Decision, type Explanation, type Rules } from '../domain/rules/decide.js';
import { unionOf } from '../domain/rules/reads.js';
import { skipByAttributes } from '../imaging/displayable.js';
import type { KeptImage, KeptStudy } from '../ports/attribute-cache.js';
import { readStudies, type ReadTools } from './read-archive.js';

export interface RehearsalTools extends ReadTools {
  /** The rules in force. */
  readonly live: Rules;
  readonly timeZone: string;
  readonly defaultModel: string;
  readonly installedModels: readonly string[];
  readonly measured: readonly MeasuredModel[];
}

export interface RehearsalOptions {
  readonly edited: Rules;
  /** How far back, in days. */
  readonly days: number;
  /** Bound on the images that are decided. */
  readonly limit: number;
  /** A study, series or image whose decisions are explained; all others are then left out. */
  readonly explain?: string | undefined;
  /** Reads everything from the archive again. */
  readonly fresh?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RehearsalProgress) => void) | undefined;
}

/** How long images are decided before others have their turn, ms: the service goes on while it rehearses. */
const turnMs = 10;
const mostExplained = 50;
const dayMs = 86_400_000;

/**
 * Decides the archive's last days by edited rules and by those in force, and compares. Nothing is stored in the
 * archive and nothing queued. What the picture itself would say (no lungs, too dark to tell) is not asked.
 */
export async function rehearse(
  tools: RehearsalTools,
  options: RehearsalOptions,
): Promise<Rehearsal> {
  const { live, timeZone, defaultModel, measured, now } = tools;
  const { edited, days, limit, explain, fresh = false, signal, onProgress } = options;
  const until = now();
  const since = new Date(until.getTime() - days * dayMs);
  const tally = new RehearsalTally({ timeZone, days, defaultModel, measured });
  const explained: ExplainedImage[] = [];
  const studies = { cache: 0, archive: 0, unread: 0 };
  let looked = { looked: 0, of: 0 };
  const tell = () => onProgress?.({ ...looked, images: tally.images });
  const reading = readStudies(tools, {
    since,
    reads: unionOf(live.reads, edited.reads),
    fresh,
    signal,
    onProgress: (progress) => {
      looked = progress;
      tell();
    },
  });
  let complete = true;
  let turnedAt = performance.now();
  for await (const read of reading) {
    if (!read) {
      studies.unread += 1;
      continue;
    }
    studies[read.from] += 1;
    for (const image of imagesOf(read.study, since, explain)) {
      if (tally.images >= limit) {
        complete = false;
        break;
      }
      const by = (rules: Rules) => ruled(rules, image, read.study, timeZone);
      const [byLive, byEdited] = [by(live), by(edited)];
      const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = image;
      const uids = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
      const arrivedAt = arrivalOf(image, read.study);
      tally.add({ ...uids, arrivedAt, live: byLive.ruling, edited: byEdited.ruling });
      if (explain !== undefined && explained.length < mostExplained) {
        explained.push({ ...uids, arrivedAt, edited: shown(byEdited), live: shown(byLive) });
      }
      if (performance.now() - turnedAt >= turnMs) {
        tell();
        await turn();
        turnedAt = performance.now();
        signal?.throwIfAborted();
      }
    }
    if (!complete) break;
  }
  return {
    report: {
      since,
      until,
      timeZone,
      studies: studies.cache + studies.archive,
      studiesFromCache: studies.cache,
      studiesUnread: studies.unread,
      complete,
      ...tally.outcome({ live: live.version, edited: edited.version }),
      missingModels: missingModels(edited, tools),
    },
    explained,
  };
}

/** Those of the study that came since the time, ours left out. */
function imagesOf(study: KeptStudy, since: Date, uid: string | undefined): readonly KeptImage[] {
  return study.images.filter((image) => {
    if (image.own || arrivalOf(image, study) < since) return false;
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = image;
    return uid === undefined || [StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID].includes(uid);
  });
}

/** Where no rule asks for it, the time of the study's last image stands for it. */
function arrivalOf({ reception }: KeptImage, { lastUpdate }: KeptStudy): Date {
  return reception?.receivedAt ?? lastUpdate ?? new Date(0);
}

interface Ruled {
  readonly ruling: Ruling;
  readonly explanation: Explanation;
}

/** As `serve` would have decided when the image arrived, its study being complete. */
function ruled(rules: Rules, image: KeptImage, study: KeptStudy, timeZone: string): Ruled {
  const now = arrivalOf(image, study);
  const context = { reception: image.reception, now, timeZone };
  const first = decide(rules, image.attributes, context);
  const images = study.images.filter(({ own }) => !own).map(({ attributes }) => attributes);
  const decision =
    first.decision === 'wait'
      ? decide(rules, image.attributes, { ...context, study: images })
      : first;
  return { ruling: rulingOf(rules, decision, image, now), explanation: decision.explanation };
}

function rulingOf(rules: Rules, decision: Decision, image: KeptImage, now: Date): Ruling {
  const { rule, reason } = decision;
  const common = { rule, reason, why: whyOf(rules, decision), startsAt: now };
  const nothing = { outcome: 'skip', actions: [], priority: 0 } as const;
  switch (decision.decision) {
    case 'wait':
      return { ...common, ...nothing };
    case 'skip':
      return { ...common, ...nothing, code: decision.code };
    case 'colourise': {
      const unfit = skipByAttributes(image.attributes);
      if (unfit) {
        return { ...common, ...nothing, code: unfit.code, reason: unfit.reason, why: unfit.code };
      }
      const { actions, priority, notBefore = now } = decision;
      return { ...common, outcome: 'colourise', actions, priority, startsAt: notBefore };
    }
    default:
      return decision satisfies never;
  }
}

/** The clauses that decided, without what they read: images with the same fate have the same. */
function whyOf(rules: Rules, decision: Decision): string {
  const unknown = decision.undecided
    .filter(({ verdict }) => verdict === 'colourise')
    .map(({ rule, attributes }) => `'${rule}' unknown: ${attributes.join(', ')}`);
  if (decision.decision === 'skip' && decision.code === 'UNKNOWN') return unknown.join('; ');
  if (decision.rule === '') return 'no rule matched';
  const { explanation } = decision;
  const last = explanation.kind === 'clause' ? explanation : explanation.parts.at(-1);
  const clauses = last ? because(last, 'without values') : '';
  const verdict = rules.rules.find(({ name }) => name === decision.rule)?.verdict;
  if (verdict?.kind !== 'skip') return clauses === '' ? 'every image' : clauses;
  return clauses === '' ? verdict.reason : `${verdict.reason} (${clauses})`;
}

function shown({ ruling: { outcome, code, rule, reason }, explanation }: Ruled): ExplainedRuling {
  return { outcome, ...(code === undefined ? {} : { code }), rule, reason, explanation };
}

function missingModels(
  { rules }: Rules,
  { defaultModel, installedModels }: RehearsalTools,
): readonly string[] {
  const named = rules.flatMap(({ verdict }) =>
    verdict.kind === 'colourise' ? verdict.actions.map(({ model = defaultModel }) => model) : [],
  );
  return [...new Set(named)].filter((model) => !installedModels.includes(model));
}
