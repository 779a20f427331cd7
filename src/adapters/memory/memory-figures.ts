/** What the ledger's twin says of all its rows together. */
import type { MeasuredModel } from '../../domain/rehearsal.js';
import type { Balance, ImageState } from '../../ports/ledger.js';
import type { Arrival, Image } from './memory-rows.js';

export function balanceOf(
  arrivals: Iterable<Arrival>,
  images: Iterable<Image>,
  since: Date,
): Balance {
  const rows = Array.from(images, ({ row }) => row);
  const count = (...states: ImageState[]) =>
    rows.filter(({ state, arrivedAt }) => states.includes(state) && arrivedAt >= since).length;
  return {
    undecided: [...arrivals].filter(({ dueAt, arrivedAt }) => dueAt && arrivedAt >= since).length,
    pending: count('pending'),
    stored: count('stored'),
    skipped: count('skipped'),
    failed: count('failed'),
  };
}

export function oldestWaitingOf(
  arrivals: Iterable<Arrival>,
  images: Iterable<Image>,
  now: Date,
): Date | undefined {
  const undecided = [...arrivals].filter(({ dueAt }) => dueAt);
  const pending = [...images].filter(({ row }) => row.state === 'pending');
  const times = [
    ...undecided.map(({ arrivedAt }) => arrivedAt.getTime()),
    ...pending
      .map(({ row }) => Math.max(row.arrivedAt.getTime(), row.notBefore?.getTime() ?? 0))
      .filter((since) => since <= now.getTime()),
  ];
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

export function measuredIn(images: Iterable<Image>): readonly MeasuredModel[] {
  const whole = [...images].flatMap(({ row: { state, model, timingsMs } }) => {
    const { total, infer } = timingsMs;
    const isWhole = state === 'stored' && model !== undefined;
    return isWhole && total !== undefined && infer !== undefined ? [{ model, total, infer }] : [];
  });
  return [...new Set(whole.map(({ model }) => model))].sort().map((model) => {
    const own = whole.filter((each) => each.model === model);
    const mean = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      model,
      images: own.length,
      totalMs: mean(own.map(({ total }) => total)),
      inferMs: mean(own.map(({ infer }) => infer)),
    };
  });
}
