import type { Transporter } from 'nodemailer';
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

/** One plain-text mail a message. What it takes to send is loaded with the first. */
export function mailChannel({ url, from, to, timeoutMs }: MailOptions): Channel {
  const { hostname, port, protocol, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const options = {
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
  };
  let opening: Promise<Transporter> | undefined;
  const open = async () => (await import('nodemailer')).createTransport(options);
  return {
    name: 'mail',
    async send({ id, at, subject, text }) {
      try {
        const transport = await (opening ??= open());
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
      void opening?.then((transport) => {
        transport.close();
      });
    },
  };
}

const isLoopback = (hostname: string) => /^(localhost|127\.|\[::1\])/.test(hostname);
