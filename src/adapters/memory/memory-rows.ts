/** The rows of the ledger's twin, and what changes them. */
import type { Job, Outcome } from '../../domain/job.js';
import { stateAfter } from '../../domain/settle.js';
import { keptExplanation } from '../../domain/rules/kept-explanation.js';
import type {
  ImageFilter,
  ImageRow,
  KeptDecision,
  PendingArrival,
  RoutedArrival,
} from '../../ports/ledger.js';

export interface Arrival extends PendingArrival {
  /** Undefined once decided. */
  readonly dueAt: Date | undefined;
  /** Somebody asked for it. */
  readonly wished: boolean;
}

export interface Image {
  readonly row: ImageRow;
  readonly decision: KeptDecision;
  readonly job?: Job;
  readonly published: boolean;
  /** How often it became pending, or was offered anew. */
  readonly openings: number;
}

export function newRow(arrival: Arrival, routed: RoutedArrival): Omit<ImageRow, 'id'> {
  return {
    orthancId: arrival.orthancId,
    ...(routed.source ? { source: routed.source } : {}),
    state: 'pending',
    rule: routed.rule,
    rulesVersion: routed.rulesVersion,
    reason: routed.reason,
    attempts: 0,
    summary: routed.summary,
    timingsMs: {},
    arrivedAt: arrival.arrivedAt,
    ...(routed.notBefore ? { notBefore: routed.notBefore } : {}),
  };
}

export function decisionOf(
  { rule, rulesVersion, reason, explanation }: RoutedArrival,
  decidedAt: Date,
): KeptDecision {
  const why = explanation && { decidedAt, ...keptExplanation(explanation) };
  return { rule, rulesVersion, reason, ...why };
}

/** Nothing means at once. */
export function earlier(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (!one || !other) return undefined;
  return one < other ? one : other;
}

export function recorded({ row, decision }: Image, outcome: Outcome, now: Date): ImageRow {
  return {
    ...without(row, 'code', 'output', 'probability', 'settledAt'),
    state: stateAfter(outcome),
    ...('code' in outcome ? { code: outcome.code } : {}),
    reason: 'reason' in outcome ? outcome.reason : decision.reason,
    attempts: row.attempts + 1,
    ...('output' in outcome ? { output: outcome.output } : {}),
    ...('probability' in outcome ? { probability: outcome.probability } : {}),
    timingsMs: outcome.timingsMs,
    ...(outcome.outcome === 'retry' ? {} : { settledAt: now }),
  };
}

export function without<K extends keyof ImageRow>(
  row: ImageRow,
  ...keys: readonly K[]
): Omit<ImageRow, K> {
  const kept = Object.entries(row).filter(([key]) => !keys.some((other) => other === key));
  return Object.fromEntries(kept) as unknown as Omit<ImageRow, K>;
}

export function matches(row: ImageRow, filter: ImageFilter): boolean {
  const { state, model, uid } = filter;
  if (state !== undefined && row.state !== state) return false;
  if (model !== undefined && row.model !== model) return false;
  if (filter.withoutOwnOutput && row.code === 'OWN_OUTPUT') return false;
  if (uid === undefined) return true;
  const { StudyInstanceUID = '', SeriesInstanceUID = '', SOPInstanceUID = '' } = row.source ?? {};
  return [StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID].some((own) => own.startsWith(uid));
}

export function newestFirst(a: ImageRow, b: ImageRow): number {
  const byTime = b.arrivedAt.getTime() - a.arrivedAt.getTime();
  return byTime === 0 ? (a.id < b.id ? 1 : a.id > b.id ? -1 : 0) : byTime;
}
