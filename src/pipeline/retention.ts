import type { Logger } from 'pino';
import { asColouriseError } from '../domain/errors.js';
import type { Ledger } from '../ports/ledger.js';

const dayMs = 24 * 60 * 60 * 1000;
const everyMs = 60 * 60 * 1000;
/** Rows forgotten at once: the ledger is never busy with it for long. */
const batch = 500;

/** Forgets rows that were settled long ago, every hour. `days` 0 keeps them for ever. */
export function startRetention(
  ledger: Ledger,
  days: number,
  now: () => Date,
  log: Logger,
): { stop(): void } {
  const prune = () => {
    try {
      const forgotten = ledger.prune(new Date(now().getTime() - days * dayMs), batch);
      if (forgotten > 0) log.info({ forgotten, days }, 'forgot old rows');
      if (forgotten === batch) setImmediate(prune);
    } catch (thrown) {
      const { code, message } = asColouriseError(thrown);
      log.error({ code }, message);
    }
  };
  if (days === 0) return { stop: () => undefined };
  const timer = setInterval(prune, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
