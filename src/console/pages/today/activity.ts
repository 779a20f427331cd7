import type { Activity, Wire } from '../../../http/api.js';

export type Hours = Wire<Activity>['hours'];

/** A column a series, as charts and tables take them. */
export interface DayOfWork {
  /** Beginning of each hour, seconds since 1970. */
  readonly hours: readonly number[];
  readonly arrived: readonly number[];
  readonly finished: readonly number[];
  /** Seconds; null where nothing went its way in that hour. */
  readonly median: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
}

const hourMs = 3_600_000;

/** Every hour since then up to the one of now, those without anything too. */
export function dayOfWork({ since, hours }: Wire<Activity>, now: number): DayOfWork {
  const known = new Map(hours.map((each) => [Date.parse(each.hour), each]));
  const first = Math.floor(Date.parse(since) / hourMs);
  const last = Math.floor(now / hourMs);
  const starts = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * hourMs);
  const rows = starts.map((start) => known.get(start));
  return {
    hours: starts.map((start) => start / 1000),
    arrived: rows.map((row) => (row ? row.stored + row.skipped + row.failed + row.pending : 0)),
    finished: rows.map((row) => row?.finished ?? 0),
    median: rows.map((row) => (row?.latency ? row.latency.medianMs / 1000 : null)),
    p95: rows.map((row) => (row?.latency ? row.latency.p95Ms / 1000 : null)),
  };
}
