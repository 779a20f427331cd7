import { setTimeout as pause } from 'node:timers/promises';
import { Piscina } from 'piscina';

type Options = NonNullable<ConstructorParameters<typeof Piscina>[0]>;
type RunOptions = NonNullable<Parameters<Piscina['run']>[1]>;

interface Thread {
  readonly id: number;
}

/** Threads that load native code, with one task at a time. */
export interface NativeThreads {
  run(task: unknown, options: RunOptions): Promise<unknown>;
  /** Ends the threads, once each is idle. */
  close(): Promise<void>;
}

/** Longest wait at the end for threads in the middle of native code, ms: on a busy machine loading it takes seconds. */
const longestWaitMs = 10_000;
const lookMs = 20;

/**
 * To end a thread that loads native code or runs in it aborts the whole process. So threads are started when there is
 * work, kept, and ended only when each has loaded and answered, or when one does not do so in time.
 * @param file what the threads run
 * @param options.idleTimeout after which an idle thread ends, ms; left out, it is kept
 */
export function startNativeThreads(
  file: URL,
  options: Pick<Options, 'maxThreads' | 'resourceLimits' | 'idleTimeout'>,
): NativeThreads {
  const pool = new Piscina({
    idleTimeout: Infinity,
    ...options,
    filename: file.href,
    minThreads: 0,
    concurrentTasksPerWorker: 1,
    // Nobody asks for them, and they take 0.7 MB.
    recordTiming: false,
  });
  /** Ids of threads that have loaded their file. */
  const loaded = new Set<number>();
  pool.on('workerCreate', ({ id }: Thread) => loaded.add(id));
  pool.on('workerDestroy', ({ id }: Thread) => loaded.delete(id));
  let underWay = 0;
  const isBusy = () => underWay > 0 || !pool.threads.every(({ threadId }) => loaded.has(threadId));
  return {
    async run(task, how) {
      underWay += 1;
      try {
        return (await pool.run(task, how)) as unknown;
      } finally {
        underWay -= 1;
      }
    },
    async close() {
      const limit = performance.now() + longestWaitMs;
      while (isBusy() && performance.now() < limit) await pause(lookMs);
      await pool.destroy();
    },
  };
}
