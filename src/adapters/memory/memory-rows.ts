/** The rows of the ledger's twin, and what changes them. */
import type { Job, Outcome } from '../../domain/job.js';
import { stateAfter } from '../../domain/settle.js';
import { keptExplanation } from '../../domain/rules/kept-explanation.js';
import type {
  HourOfWork,
  ImageFilter,
  ImageRow,
  KeptDecision,
  PendingArrival,
  RoutedArrival,
} from '../../ports/ledger.js';
import type { FoundStudy } from '../../ports/patients.js';

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
  const { state, model, rule, since, until, uid } = filter;
  if (state !== undefined && row.state !== state) return false;
  if (model !== undefined && row.model !== model) return false;
  if (rule !== undefined && row.rule !== rule) return false;
  if (since !== undefined && row.arrivedAt < since) return false;
  if (until !== undefined && row.arrivedAt >= until) return false;
  if (filter.withoutOwnOutput && row.code === 'OWN_OUTPUT') return false;
  if (filter.studies?.every((study) => !isOf(row, study))) return false;
  if (uid === undefined) return true;
  const { StudyInstanceUID = '', SeriesInstanceUID = '', SOPInstanceUID = '' } = row.source ?? {};
  return [StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID].some((own) => own.startsWith(uid));
}

function isOf({ source }: ImageRow, { StudyInstanceUID, studyOrthancId }: FoundStudy): boolean {
  return source?.StudyInstanceUID === StudyInstanceUID && source.studyOrthancId === studyOrthancId;
}

export function newestFirst(a: ImageRow, b: ImageRow): number {
  const byTime = b.arrivedAt.getTime() - a.arrivedAt.getTime();
  return byTime === 0 ? (a.id < b.id ? 1 : a.id > b.id ? -1 : 0) : byTime;
}

const hourMs = 3_600_000;
const hourOf = (date: Date) => Math.floor(date.getTime() / hourMs);

export function workByHour(images: readonly Image[], since: Date): readonly HourOfWork[] {
  const rows = images.map(({ row }) => row);
  const happened = rows.flatMap(({ state, arrivedAt, settledAt }) =>
    state === 'stored' && settledAt ? [arrivedAt, settledAt] : [arrivedAt],
  );
  const hours = [...new Set(happened.map(hourOf))].filter((hour) => hour >= hourOf(since));
  return hours
    .sort((one, other) => one - other)
    .map((hour) => {
      const arrived = images.filter(({ row }) => hourOf(row.arrivedAt) === hour);
      const count = (state: ImageRow['state']) =>
        arrived.filter(({ row }) => row.state === state).length;
      const latency = latencyOf(arrived);
      return {
        hour: new Date(hour * hourMs),
        stored: count('stored'),
        skipped: count('skipped'),
        failed: count('failed'),
        pending: count('pending'),
        finished: rows.filter(
          ({ state, settledAt }) => state === 'stored' && settledAt && hourOf(settledAt) === hour,
        ).length,
        ...(latency && { latency }),
      };
    });
}

/** Of what went its way once, by nearest rank. */
function latencyOf(images: readonly Image[]): HourOfWork['latency'] {
  const times = images
    .filter(({ row, openings }) => row.state === 'stored' && openings === 1)
    .map(({ row: { arrivedAt, notBefore, settledAt } }) =>
      Math.max(
        0,
        (settledAt?.getTime() ?? 0) - Math.max(arrivedAt.getTime(), notBefore?.getTime() ?? 0),
      ),
    )
    .sort((one, other) => one - other);
  const ranked = (share: number) => times[Math.ceil(share * times.length) - 1];
  const [medianMs, p95Ms] = [ranked(0.5), ranked(0.95)];
  if (medianMs === undefined || p95Ms === undefined) return undefined;
  return { images: times.length, medianMs, p95Ms };
}
