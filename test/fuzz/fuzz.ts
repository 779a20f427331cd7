import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { mutated, seeded } from './mutations.js';

export interface Finding {
  readonly source: string;
  readonly kind: string;
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** An input that is worth keeping: what became of it once must become of it always. */
export interface Example {
  readonly source: string;
  readonly kind: string;
  readonly outcome: string;
  readonly bytes: Uint8Array;
}

export interface FuzzReport {
  readonly inputs: number;
  /** How often each code, or `SHOWN`, was the answer. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Processor time of the whole process. */
  readonly slowestMs: number;
  readonly slowest: string;
  readonly rssGrowthMB: number;
  readonly findings: readonly Finding[];
  /** The shortest input of each kind of damage and outcome, of the sources that may be kept. */
  readonly examples: readonly Example[];
}

/** Processor time, for a busy machine is no hang; and time on the clock, for a worker may just sleep. */
const hang = { cpuMs: 5_000, wallMs: 60_000 };

/**
 * Feeds damaged copies of a corpus through reading, decoding and display in a worker thread.
 * Findings are answers without a code, crashes of the worker, and answers that take longer than 5 s of processor time.
 */
export async function fuzz(
  corpus: ReadonlyMap<string, Uint8Array>,
  options: {
    readonly count: number;
    readonly seed: number;
    readonly progress?: (done: number) => void;
    /** Whether damaged copies of a source may be kept; none by default. */
    readonly mayKeep?: (source: string) => boolean;
  },
): Promise<FuzzReport> {
  const random = seeded(options.seed);
  const sources = [...corpus];
  const outcomes: Record<string, number> = {};
  const findings: Finding[] = [];
  const examples = new Map<string, Example>();
  let slowest = { ms: 0, name: '' };
  let rss = { first: 0, most: 0 };
  let worker = await startWorker();
  for (let index = 0; index < options.count; index++) {
    const [source, original] = sources[Math.floor(random() * sources.length)] ?? ['', Buffer.of()];
    const { bytes, kind } = mutated(original, random);
    const start = process.cpuUsage();
    const answer = await answerOf(worker, bytes);
    const ms = cpuMsSince(start);
    if (ms > slowest.ms) slowest = { ms, name: `${source} ${kind}` };
    if (answer.startsWith('!')) {
      findings.push({ source, kind, what: answer.slice(1), bytes });
      await worker.terminate();
      worker = await startWorker();
    }
    const outcome = answer.startsWith('!') ? 'FINDING' : answer;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (options.mayKeep?.(source)) {
      const key = `${kind} ${outcome}`;
      const shortest = examples.get(key)?.bytes.length ?? Infinity;
      if (bytes.length < shortest) examples.set(key, { source, kind, outcome, bytes });
    }
    const now = process.memoryUsage.rss();
    rss = { first: rss.first || now, most: Math.max(rss.most, now) };
    if (index % 500 === 499) options.progress?.(index + 1);
  }
  await worker.terminate();
  return {
    inputs: options.count,
    outcomes,
    slowestMs: Math.round(slowest.ms),
    slowest: slowest.name,
    rssGrowthMB: Math.round((rss.most - rss.first) / 2 ** 20),
    findings,
    examples: [...examples.values()],
  };
}

/** What became of one input: a code, `SHOWN`, or a text that starts with `!`. */
export async function outcomesOf(inputs: readonly Uint8Array[]): Promise<readonly string[]> {
  const worker = await startWorker();
  try {
    const outcomes: string[] = [];
    for (const bytes of inputs) outcomes.push(await answerOf(worker, bytes));
    return outcomes;
  } finally {
    await worker.terminate();
  }
}

/** A worker that has loaded its code, which may take longer than any answer. */
async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL('fuzz-worker.js', import.meta.url));
  worker.postMessage(new Uint8Array());
  await once(worker, 'message');
  return worker;
}

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

async function answerOf(worker: Worker, bytes: Uint8Array): Promise<string> {
  const settled = new AbortController();
  const { signal } = settled;
  const crash = once(worker, 'exit', { signal }).then(() => '!the worker ended');
  const [startCpu, startWall] = [process.cpuUsage(), performance.now()];
  const tooLong = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      const isHang =
        cpuMsSince(startCpu) > hang.cpuMs || performance.now() - startWall > hang.wallMs;
      if (isHang) resolve('!no answer in time');
    }, 250);
    signal.addEventListener('abort', () => {
      clearInterval(timer);
    });
  });
  const answer = once(worker, 'message', { signal }).then(([outcome]) => String(outcome));
  worker.postMessage(bytes);
  try {
    return await Promise.race([answer, crash, tooLong]);
  } catch (thrown) {
    return `!${String(thrown)}`;
  } finally {
    // The promises that lost end as well; nobody waits for them any more.
    void Promise.allSettled([answer, crash]);
    settled.abort();
  }
}
