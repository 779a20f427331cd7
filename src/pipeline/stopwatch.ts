import type { StageTimings } from '../domain/job.js';
import type { StageListener } from '../ports/queue.js';

/** Measures the stages of one job, in milliseconds. */
export interface Stopwatch {
  time<T>(stage: string, work: () => T | Promise<T>): Promise<T>;
  /** Every stage so far, and `total` since the start. */
  timings(): StageTimings;
}

/** @param onStage hears of each stage as it ends */
export function startStopwatch(
  onStage?: StageListener,
  now: () => number = () => performance.now(),
): Stopwatch {
  const start = now();
  const stages: Record<string, number> = {};
  return {
    async time(stage, work) {
      const begin = now();
      try {
        return await work();
      } finally {
        const tookMs = now() - begin;
        stages[stage] = round((stages[stage] ?? 0) + tookMs);
        const toMs = Date.now();
        onStage?.(stage, toMs - tookMs, toMs);
      }
    },
    timings: () => ({ ...stages, total: round(now() - start) }),
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
