/** What is in hand may take this long to finish before it goes back to the queue, ms. */
export const graceMs = 15_000;

/** Resolves with the first request to stop. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}
