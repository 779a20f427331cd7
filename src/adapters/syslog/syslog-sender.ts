import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { ColouriseError } from '../../domain/errors.js';

export interface SyslogOptions {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
  /** PEM of an authority that the system does not know. */
  readonly ca?: string;
}

export interface SyslogMessage {
  readonly at: Date;
  readonly messageId: string;
  readonly text: string;
}

const timeoutMs = 10_000;
/** Facility 10 (security), severity 5 (notice). */
const priority = 10 * 8 + 5;
/** What a datagram carries for certain over IPv4. */
const largestDatagram = 65_507;

/** One message in the form of RFC 5424; its text is UTF-8 behind a byte order mark. */
export function syslogFrame({ at, messageId, text }: SyslogMessage): Buffer {
  const host =
    hostname()
      .replaceAll(/[^!-~]/g, '-')
      .slice(0, 255) || '-';
  const header = `<${priority}>1 ${at.toISOString()} ${host} colouriser ${process.pid} ${messageId} -`;
  return Buffer.from(`${header} \uFEFF${text}`, 'utf8');
}

/**
 * Sends messages in their order: a datagram each (RFC 5426), or counted octets over one connection (RFC 6587, over
 * TLS RFC 5425), which is closed afterwards. Returns once all has left this machine; syslog has no receipts.
 * @throws ColouriseError `QUEUE_UNAVAILABLE` when the receiver cannot be reached
 */
export async function sendSyslog(
  options: SyslogOptions,
  messages: readonly SyslogMessage[],
): Promise<void> {
  const frames = messages.map(syslogFrame);
  try {
    if (options.transport === 'udp') await sendDatagrams(options, frames);
    else await sendStream(options, frames);
  } catch (cause) {
    const { transport, host, port } = options;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `the audit cannot be sent to ${transport}://${host}:${port}: ${why}`;
    throw new ColouriseError('QUEUE_UNAVAILABLE', message, { cause });
  }
}

async function sendDatagrams({ host, port }: SyslogOptions, frames: readonly Buffer[]) {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    for (const frame of frames) {
      await new Promise<void>((resolve, reject) => {
        socket.send(frame.subarray(0, largestDatagram), port, host, (fault) => {
          if (fault) reject(fault);
          else resolve();
        });
      });
    }
  } finally {
    socket.close();
  }
}

function sendStream(options: SyslogOptions, frames: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = openStream(options);
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer in time')));
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('the receiver closed the connection'));
    });
    socket.once(options.transport === 'tls' ? 'secureConnect' : 'connect', () => {
      const counted = frames.flatMap((frame) => [Buffer.from(`${frame.length} `), frame]);
      socket.end(Buffer.concat(counted), () => {
        resolve();
      });
    });
  });
}

function openStream({ transport, host, port, ca }: SyslogOptions): Socket {
  if (transport === 'tcp') return connect({ host, port });
  return connectTls({ host, port, servername: host, ...(ca === undefined ? {} : { ca }) });
}
