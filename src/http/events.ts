import type { Response } from 'express';
import { HttpError } from './failures.js';
import { rawRoute, type Route } from './route.js';

export interface EventOptions {
  /** Listeners at once; one more is refused and polls. */
  readonly maxListeners: number;
  /** At most one message to each listener in this time. */
  readonly throttleMs: number;
  /** A comment in this rhythm keeps proxies from closing a silent stream. */
  readonly keepAliveMs: number;
}

/** A listener that takes nothing for so long that this much piles up is let go; it will come back. */
const maxBacklogBytes = 16_384;

/**
 * Server-sent events: `change` says that something changed, and the reader asks for what it shows.
 * Subscribes to the source only while somebody listens.
 */
export function eventRoute(
  source: { subscribe(listener: () => void): () => void },
  { maxListeners, throttleMs, keepAliveMs }: EventOptions,
): Route {
  const listeners = new Set<Response>();
  let stop: (() => void) | undefined;
  let due: NodeJS.Timeout | undefined;

  const send = (text: string) => {
    for (const response of listeners) {
      if (response.writableLength > maxBacklogBytes) response.destroy();
      else response.write(text);
    }
  };
  const announce = () => {
    due ??= setTimeout(() => {
      due = undefined;
      send('event: change\ndata: {}\n\n');
    }, throttleMs);
  };
  const start = () => {
    const unsubscribe = source.subscribe(announce);
    const beat = setInterval(() => {
      send(': still here\n\n');
    }, keepAliveMs);
    return () => {
      unsubscribe();
      clearInterval(beat);
      clearTimeout(due);
      due = undefined;
    };
  };

  return rawRoute({
    method: 'get',
    path: '/api/events',
    role: 'viewer',
    summary: 'Server-sent event `change` whenever something changed.',
    answer: 'text/event-stream',
    refusals: ['TOO_MANY_LISTENERS'],
    handler: ({ response }) => {
      if (listeners.size >= maxListeners) {
        throw new HttpError('TOO_MANY_LISTENERS', `${maxListeners} pages listen already.`);
      }
      response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
      response.flushHeaders();
      response.write('retry: 3000\n\n');
      listeners.add(response);
      stop ??= start();
      response.once('close', () => {
        listeners.delete(response);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      });
    },
  });
}
