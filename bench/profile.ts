/** A CPU profile of each thread of the service, and a trace of its stages: both open in a browser's developer tools. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Run } from './arena.js';

export interface Profile {
  /** For the service's process: Node then writes a CPU profile of its main thread and of every worker thread. */
  readonly nodeOptions: readonly string[];
  /** Writes the trace and says what there is; call it after the service has ended. */
  finish(runs: readonly Run[], say: (what: string) => void): void;
}

export function profileOptions(folder: string): Profile {
  const target = resolve(folder);
  mkdirSync(target, { recursive: true });
  return {
    nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${target}`],
    finish(runs, say) {
      const trace = { traceEvents: runs.flatMap((run, image) => eventsOf(run, image)) };
      writeFileSync(join(target, 'stages.trace.json'), JSON.stringify(trace));
      for (const file of readdirSync(target)) say(`wrote ${join(folder, file)}`);
    },
  };
}

/** What runs beside another stage, and from its beginning or nearly so: a file is decoded while it arrives. */
const beside: Readonly<Record<string, string>> = {
  fetch: 'decode',
  describe: 'infer',
  fuse: 'encode',
};

interface TraceEvent {
  readonly name: string;
  readonly ph: 'X';
  /** Microseconds, as all of the format. */
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
}

/**
 * One image as complete events of Chrome's trace format, laid out from the durations that the ledger keeps: one stage
 * after the other, but for those that run beside another.
 */
function eventsOf({ timingsMs }: Run, image: number): readonly TraceEvent[] {
  const begins: Record<string, number> = {};
  let ms = 0;
  for (const [stage, tookMs] of Object.entries(timingsMs)) {
    if (stage === 'total' || stage in beside) continue;
    begins[stage] = ms;
    ms += tookMs;
  }
  return Object.entries(timingsMs).map(([name, tookMs]) => ({
    name,
    ph: 'X',
    ts: 1000 * (begins[beside[name] ?? name] ?? 0),
    dur: 1000 * tookMs,
    pid: image + 1,
    tid: name in beside ? 2 : 1,
  }));
}
