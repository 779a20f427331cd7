import type { Estimate } from './bootstrap.js';

/** One line of the table. */
export interface Row {
  /** What it belongs to, such as `neutrality`. */
  readonly property: string;
  readonly metric: string;
  /** Whose films; absent where all were taken. */
  readonly group?: string;
  readonly estimate: Estimate;
  readonly bar?: Bar;
}

export interface Bar {
  readonly kind: 'at most' | 'at least' | 'interval above';
  readonly value: number;
}

export const atMost = (value: number): Bar => ({ kind: 'at most', value });
export const atLeast = (value: number): Bar => ({ kind: 'at least', value });
export const above = (value: number): Bar => ({ kind: 'interval above', value });

/** Whether a figure reaches its bar; undefined where it was not measured or there is none. */
export function reaches({ estimate, bar }: Row): boolean | undefined {
  if (bar === undefined || Number.isNaN(estimate.value)) return undefined;
  switch (bar.kind) {
    case 'at most':
      return estimate.value <= bar.value;
    case 'at least':
      return estimate.value >= bar.value;
    case 'interval above':
      return estimate.low === undefined ? undefined : estimate.low > bar.value;
    default:
      return bar.kind satisfies never;
  }
}

/** Over all of these films, without an interval. */
export function plain(figures: readonly unknown[], value: number): Estimate {
  return { value, films: figures.length };
}
