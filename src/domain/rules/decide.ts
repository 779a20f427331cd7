import { localTime } from '../calendar.js';
import type { DicomDataset } from '../dicom-json.js';
import { nextOffHours } from '../off-hours.js';
import { asksForStudy, type CompiledRule, type Rules } from './condition.js';
import { evaluate, type EvaluationContext } from './evaluate.js';
import { because, unknownAttributes, type Explanation } from './explanation.js';
import type { Reception, Subject } from './facts.js';
import type { ColouriseAction } from './source.js';

export type { CompiledRule, Rules } from './condition.js';
export type { Explanation } from './explanation.js';
export type { Reception } from './facts.js';
export type { ColouriseAction } from './source.js';

/** A rule that was passed over because its condition could not be decided. */
export interface UndecidedRule {
  readonly rule: string;
  readonly verdict: 'colourise' | 'skip';
  /** `BodyPartExamined missing`, `PatientAge unreadable`. */
  readonly attributes: readonly string[];
}

interface Decided {
  /** Of the one set of rules that decided. */
  readonly rulesVersion: string;
  /** Empty when no rule matched. */
  readonly rule: string;
  /** One line for a table, without anything that names a patient. */
  readonly reason: string;
  /** Every rule that was considered, in order, with its clauses and what they read. */
  readonly explanation: Explanation;
  readonly undecided: readonly UndecidedRule[];
}

export type Decision =
  | (Decided & {
      readonly decision: 'colourise';
      readonly actions: readonly ColouriseAction[];
      /** 0 (whenever) to 9 (first). */
      readonly priority: number;
      /** The tags were inconclusive: colour only what the image check recognises as a chest. */
      readonly recognise: boolean;
      /** Colour also where the image check finds no lungs. */
      readonly allowWithoutLungs: boolean;
      /** The rule's hours have not begun: leave it until then. */
      readonly notBefore?: Date;
    })
  /** Ask again, with `context.study`, once the study is stable. */
  | (Decided & { readonly decision: 'wait'; readonly for: 'stable-study' })
  | (Decided & {
      readonly decision: 'skip';
      readonly code: 'RULE' | 'NO_RULE_MATCHED' | 'UNKNOWN';
    });

export interface DecisionContext {
  /** All images of the study, our own output left out; given once the study is stable. */
  readonly study?: readonly DicomDataset[];
  /** How the image came into the archive; what is asked of it is unknown when it is left out. */
  readonly reception?: Reception | undefined;
  /** The moment of the decision; what depends on it is unknown when it is left out. */
  readonly now?: Date;
  /** Of wall clock and calendar, by its IANA name; `UTC` when left out. */
  readonly timeZone?: string;
}

const longestReason = 240;

/**
 * The first rule that matches decides. A rule whose condition is unknown does not match, unless it
 * leaves the verdict to the image check; the decision names it and the tags that were missing.
 * A skip is `UNKNOWN` where a missing tag may have changed it: no condition was met, but that of a rule
 * which colours was unknown.
 */
export function decide(
  rules: Rules,
  dataset: DicomDataset,
  context: DecisionContext = {},
): Decision {
  const considered: Explanation[] = [];
  const undecided: UndecidedRule[] = [];
  const { subject, evaluation } = known(rules, dataset, context);
  for (const rule of rules.rules) {
    const explanation = explainRule(rule, subject, evaluation);
    considered.push(explanation);
    const match = matchOf(rule, explanation, context);
    if (match === 'undecided') {
      const attributes = unknownAttributes(explanation);
      undecided.push({ rule: rule.name, verdict: rule.verdict.kind, attributes });
    }
    if (match === 'matched' || match === 'wait') {
      const common = decided(rules, considered, undecided);
      return conclude(rule, match, explanation, common, context);
    }
  }
  const code = mightColour(undecided) ? 'UNKNOWN' : 'NO_RULE_MATCHED';
  const reason = reasonOf('no rule matched', undecided);
  return { decision: 'skip', code, rule: '', reason, ...decided(rules, considered, undecided) };
}

/** What the clauses may read: by the wall clock where the archive stands. */
function known(
  { reach }: Rules,
  attributes: DicomDataset,
  { study, reception, now, timeZone = 'UTC' }: DecisionContext,
): { readonly subject: Subject; readonly evaluation: EvaluationContext } {
  const receivedAt = reception?.receivedAt;
  return {
    subject: { attributes, reception, received: receivedAt && localTime(receivedAt, timeZone) },
    evaluation: {
      study: study?.map((image) => ({ attributes: image })),
      today: now && localTime(now, timeZone).day,
      reach,
    },
  };
}

function explainRule(
  { name, when }: CompiledRule,
  subject: Subject,
  evaluation: EvaluationContext,
): Explanation {
  const parts = when ? [evaluate(when, subject, evaluation)] : [];
  return { kind: 'rule', text: `rule '${name}'`, truth: parts[0]?.truth ?? 'true', parts };
}

function matchOf(
  { trigger, when, verdict }: CompiledRule,
  { truth }: Explanation,
  { study }: DecisionContext,
): 'matched' | 'wait' | 'undecided' | 'no' {
  if (truth === 'false') return 'no';
  const recognise = verdict.kind === 'colourise' && verdict.recognise;
  const waits = trigger === 'stable-study' && study === undefined;
  if (truth === 'true' || recognise) return waits ? 'wait' : 'matched';
  return waits && when !== undefined && asksForStudy(when) ? 'wait' : 'undecided';
}

function decided(
  { version }: Rules,
  considered: readonly Explanation[],
  undecided: readonly UndecidedRule[],
) {
  const truth = considered.at(-1)?.truth ?? 'unknown';
  const explanation: Explanation = {
    kind: 'any',
    text: 'first match of',
    truth,
    parts: considered,
  };
  return { rulesVersion: version, explanation, undecided };
}

function conclude(
  { name: rule, when, verdict }: CompiledRule,
  match: 'matched' | 'wait',
  explanation: Explanation,
  common: ReturnType<typeof decided>,
  { now, timeZone = 'UTC' }: DecisionContext,
): Decision {
  const { undecided } = common;
  if (match === 'wait') {
    const reason = reasonOf(`rule '${rule}': waits until the study is stable`, undecided);
    return { decision: 'wait', for: 'stable-study', rule, reason, ...common };
  }
  const clause = because(explanation);
  if (verdict.kind === 'skip') {
    const detail = clause === '' ? '' : ` (${clause})`;
    const reason = reasonOf(`rule '${rule}': ${verdict.reason}${detail}`, undecided);
    const code = when === undefined && mightColour(undecided) ? 'UNKNOWN' : 'RULE';
    return { decision: 'skip', code, rule, reason, ...common };
  }
  const recognise = explanation.truth === 'unknown';
  const missing = unknownAttributes(explanation).join(', ');
  const met = clause === '' ? 'every image' : clause;
  const why = recognise ? `left to the image check, ${missing}` : met;
  const { actions, priority, allowWithoutLungs, offHours } = verdict;
  const begins = offHours && now ? nextOffHours(now, offHours, timeZone) : now;
  const reason = reasonOf(`rule '${rule}': ${why}`);
  return {
    decision: 'colourise',
    actions,
    priority,
    recognise,
    allowWithoutLungs,
    ...(begins && now && begins > now ? { notBefore: begins } : {}),
    rule,
    reason,
    ...common,
  };
}

const colours = ({ verdict }: UndecidedRule): boolean => verdict === 'colourise';

function mightColour(undecided: readonly UndecidedRule[]): boolean {
  return undecided.some(colours);
}

/** Names the rules that might have coloured, where nothing is coloured now. */
function reasonOf(main: string, undecided: readonly UndecidedRule[] = []): string {
  const passed = undecided
    .filter(colours)
    .map(({ rule, attributes }) => `'${rule}' unknown: ${attributes.join(', ')}`);
  const line = [main, ...passed].join('; ').replaceAll(/\s+/g, ' ');
  return line.length > longestReason ? `${line.slice(0, longestReason - 3)}...` : line;
}
