import type { StageTimings } from '../domain/job.js';

/** Measures the stages of one job, in milliseconds. */
export interface Stopwatch {
  time<T>(stage: string, work: () => T | Promise<T>): Promise<T>;
  /** Every stage so far, and `total` since the start. */
  timings(): StageTimings;
}

export function startStopwatch(now: () => number = () => performance.now()): Stopwatch {
  const start = now();
  const stages: Record<string, number> = {};
  return {
    async time(stage, work) {
      const begin = now();
      try {
        return await work();
      } finally {
        stages[stage] = round((stages[stage] ?? 0) + now() - begin);
      }
    },
    timings: () => ({ ...stages, total: round(now() - start) }),
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
