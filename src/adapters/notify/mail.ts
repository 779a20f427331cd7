import { createTransport } from 'nodemailer';
import { ColouriseError } from '../../domain/errors.js';
import type { Channel } from '../../ports/notices.js';

export interface MailOptions {
  /** `smtp://` or `smtps://`, with user and password if the server wants them. */
  readonly url: string;
  readonly from: string;
  /** Addresses with commas. */
  readonly to: string;
  readonly timeoutMs: number;
}

/** One plain-text mail a message. */
export function mailChannel({ url, from, to, timeoutMs }: MailOptions): Channel {
  const { hostname, port, protocol, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    // A login never travels in the open, whatever the server offers.
    requireTLS: username !== '' && !isLoopback(hostname),
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: 'mail',
    async send({ id, at, subject, text }) {
      try {
        await transport.sendMail({
          from,
          to,
          subject,
          text,
          date: at,
          messageId: `<${id}@orthanc-colouriser>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new ColouriseError('NOTIFY_FAILED', `mail server ${hostname}: ${reason}`, { cause });
      }
    },
    close: () => {
      transport.close();
    },
  };
}

const isLoopback = (hostname: string) => /^(localhost|127\.|\[::1\])/.test(hostname);
