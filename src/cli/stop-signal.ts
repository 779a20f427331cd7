import type { Logger } from 'pino';
import { type ColouriseError, errorKinds } from '../domain/errors.js';
import { type ExitCode, exitCodes } from './output.js';

/**
 * What is in hand may take this long to finish before it goes back to the queue, ms. With what a silent server costs
 * on the way out a process ends within 20 s.
 */
export const graceMs = 12_000;

/** Resolves with the first request to stop. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}

/**
 * Says why this process ends by itself: whoever started it starts it again, and the gate looks at the hardware
 * anew. A thread that hangs in a driver cannot be ended, so the process ends without it after the grace.
 */
export function giveUp({ code, message }: ColouriseError, log: Logger): ExitCode {
  log.fatal({ code, next: errorKinds[code].next }, `stopping: ${message}`);
  setTimeout(() => process.exit(exitCodes.serverFailed), 2 * graceMs).unref();
  return exitCodes.serverFailed;
}
