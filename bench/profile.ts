/** A CPU profile of each thread of the service, and a trace of its stages: both open in a browser's developer tools. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Profile {
  /** For the service's process. */
  readonly nodeOptions: readonly string[];
  /** Says what was written; call it after the service has ended. */
  finish(say: (what: string) => void): void;
}

/** Node writes both by itself, for the main thread and for every worker thread. */
export function profileOptions(folder: string): Profile {
  const target = resolve(folder);
  mkdirSync(target, { recursive: true });
  return {
    nodeOptions: [
      '--cpu-prof',
      `--cpu-prof-dir=${target}`,
      '--trace-event-categories=node.perf.usertiming',
      `--trace-event-file-pattern=${join(target, 'stages-${rotation}.trace.json')}`,
    ],
    finish(say) {
      for (const file of readdirSync(target)) say(`wrote ${join(folder, file)}`);
    },
  };
}
