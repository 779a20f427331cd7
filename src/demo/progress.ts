import { clearLine, cursorTo } from 'node:readline';

/** What is going on: a line for each step, and on a terminal one that moves. */
export interface Progress {
  /** A line that stays. */
  say(text: string): void;
  /** What is under way now; shown on terminals only, replaced by whatever comes next. */
  show(text: string): void;
}

export function createProgress(out: NodeJS.WriteStream = process.stdout): Progress {
  const wipe = () => {
    if (!out.isTTY) return;
    cursorTo(out, 0);
    clearLine(out, 0);
  };
  return {
    say(text) {
      wipe();
      out.write(`${text}\n`);
    },
    show(text) {
      if (!out.isTTY) return;
      wipe();
      out.write(text.slice(0, Math.max(0, out.columns - 1)));
    },
  };
}

export interface Watched<T> {
  readonly value: T;
  readonly tookMs: number;
}

/** Shows how long a piece of work takes while it does. */
export async function watch<T>(
  progress: Progress,
  what: string,
  work: () => Promise<T>,
): Promise<Watched<T>> {
  const start = performance.now();
  const tookMs = () => performance.now() - start;
  const show = () => {
    progress.show(`  ${what} … ${seconds(tookMs())}`);
  };
  show();
  const timer = setInterval(show, 200);
  try {
    return { value: await work(), tookMs: tookMs() };
  } finally {
    clearInterval(timer);
  }
}

export const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
