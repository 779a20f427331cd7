import { createHmac } from 'node:crypto';
import { ColouriseError } from '../../domain/errors.js';
import { conditions } from '../../domain/notices.js';
import type { Channel, Notice } from '../../ports/notices.js';

export interface WebhookOptions {
  readonly url: string;
  /** Text, or base64 behind `whsec_`. */
  readonly secret?: string | undefined;
  readonly timeoutMs: number;
}

/**
 * One POST of JSON a message, signed where there is a secret: HMAC-SHA256 over id, time and body.
 * @see Standard Webhooks, 1.0.0
 */
export function webhookChannel({ url, secret, timeoutMs }: WebhookOptions): Channel {
  const { host } = new URL(url);
  const closing = new AbortController();
  return {
    name: 'webhook',
    async send(notice) {
      const body = bodyOf(notice);
      const timestamp = `${Math.floor(Date.now() / 1000)}`;
      const signature =
        secret === undefined
          ? {}
          : { 'webhook-signature': signed(secret, notice.id, timestamp, body) };
      const answer = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), closing.signal]),
        headers: {
          'Content-Type': 'application/json',
          'webhook-id': notice.id,
          'webhook-timestamp': timestamp,
          ...signature,
        },
        body,
      }).catch((cause: unknown) => {
        throw new ColouriseError('NOTIFY_FAILED', `webhook at ${host}: ${reasonOf(cause)}`, {
          cause,
        });
      });
      await answer.body?.cancel();
      if (answer.ok) return;
      throw new ColouriseError('NOTIFY_FAILED', `webhook at ${host}: HTTP status ${answer.status}`);
    },
    close: () => {
      closing.abort();
    },
  };
}

function bodyOf({ id, at, subject, text, events }: Notice): string {
  return JSON.stringify({
    type: 'colouriser.notice',
    id,
    timestamp: at,
    data: {
      subject,
      text,
      events: events.map((event) => ({ ...event, title: conditions[event.condition].title })),
    },
  });
}

function signed(secret: string, id: string, timestamp: string, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`);
  return `v1,${hmac.digest('base64')}`;
}

/** `fetch` says 'fetch failed'; its cause says why. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === 'TimeoutError') return 'no answer in time';
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}
