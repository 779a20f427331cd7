import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { resolve } from 'node:path';
import { PrivateOrthanc, type OrthancOptions } from '../support/orthanc.js';
import { temporaryFolder } from '../support/process.js';

/** How the stand-in answers: as the service does, never, with 500, with a page, or with 401. */
export type Manner = 'well' | 'hang' | 'fail' | 'garbage' | 'unauthorised';

export interface Received {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Stands in for the service: its three calls, and the ways in which a service can be ill. */
export class StandInService {
  readonly received: Received[] = [];
  manner: Manner = 'well';
  queued = 1;
  port = 0;
  private readonly sockets = new Set<Socket>();
  private server = createServer();

  async start(): Promise<this> {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((done) => this.server.listen(this.port, '127.0.0.1', done));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get wakes(): Received[] {
    return this.received.filter(({ path }) => path === '/api/wake');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const piece of request) body += String(piece);
    this.received.push({
      atMs: performance.now(),
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body,
    });
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    switch (this.manner) {
      case 'hang':
        return;
      case 'fail':
        json(500, { code: 'INTERNAL' });
        return;
      case 'garbage':
        response.end('<html>'.repeat(1000));
        return;
      case 'unauthorised':
        json(401, {});
        return;
      case 'well':
        if (request.url === '/api/status') json(200, { state: 'ok', waiting: 3 });
        else if (request.url === '/api/trigger') json(202, { queued: this.queued });
        else response.writeHead(202).end();
        return;
      default:
        this.manner satisfies never;
    }
  }
}

export const pluginFolder = resolve('plugin');

/** A private Orthanc with our Python plugin, its settings in section "Colouriser". */
export function orthancWithPlugin(
  settings: Readonly<Record<string, unknown>>,
  options: OrthancOptions = {},
): Promise<PrivateOrthanc> {
  return PrivateOrthanc.start({
    ...options,
    plugins: ['libOrthancPython.so'],
    configuration: {
      PythonScript: `${pluginFolder}/colouriser.py`,
      Colouriser: settings,
      ...options.configuration,
    },
    env: { PYTHONPYCACHEPREFIX: temporaryFolder(), ...options.env },
  });
}

/** One data element in Explicit VR Little Endian (PS3.5 section 7.1.2). */
function element(group: number, number: number, vr: string, value: string | Buffer): Buffer {
  const padded =
    typeof value === 'string' && value.length % 2 ? value + (vr === 'UI' ? '\0' : ' ') : value;
  const bytes = typeof padded === 'string' ? Buffer.from(padded, 'latin1') : padded;
  const long = vr === 'OB' || vr === 'OW';
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

const unsigned = (value: number) => Buffer.from([value & 0xff, value >> 8]);

/**
 * A Part 10 file of the smallest kind: 8 x 8 pixels, one study for every `study`,
 * one instance for every `instance`, nobody's data.
 */
export function tinyRadiograph(study: number, instance: number): Buffer {
  const root = '1.2.826.0.1.3680043.10.543.77';
  const uid = `${root}.${study}.1.${instance}`;
  const sopClass = '1.2.840.10008.5.1.4.1.1.1';
  const meta = Buffer.concat([
    element(2, 1, 'OB', Buffer.from([0, 1])),
    element(2, 2, 'UI', sopClass),
    element(2, 3, 'UI', uid),
    element(2, 0x10, 'UI', '1.2.840.10008.1.2.1'),
    element(2, 0x12, 'UI', root),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(2, 0, 'UL', length),
    meta,
    element(8, 0x16, 'UI', sopClass),
    element(8, 0x18, 'UI', uid),
    element(8, 0x60, 'CS', 'CR'),
    element(0x10, 0x10, 'PN', 'Phantom^Tiny'),
    element(0x10, 0x20, 'LO', 'TINY'),
    element(0x20, 0xd, 'UI', `${root}.${study}`),
    element(0x20, 0xe, 'UI', `${root}.${study}.1`),
    element(0x28, 2, 'US', unsigned(1)),
    element(0x28, 4, 'CS', 'MONOCHROME2'),
    element(0x28, 0x10, 'US', unsigned(8)),
    element(0x28, 0x11, 'US', unsigned(8)),
    element(0x28, 0x100, 'US', unsigned(16)),
    element(0x28, 0x101, 'US', unsigned(16)),
    element(0x28, 0x102, 'US', unsigned(15)),
    element(0x28, 0x103, 'US', unsigned(0)),
    element(0x7fe0, 0x10, 'OW', Buffer.alloc(128, instance)),
  ]);
}

/** Stores one file by STOW-RS and gives the milliseconds that the sender waited. */
export async function stowMs(orthanc: PrivateOrthanc, part10: Buffer): Promise<number> {
  const boundary = 'part10';
  const body = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    part10,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const start = performance.now();
  const answer = await fetch(`${orthanc.url}/dicom-web/studies`, {
    method: 'POST',
    headers: {
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      Accept: 'application/dicom+json',
    },
    body,
  });
  const text = await answer.text();
  if (!answer.ok || !text.includes('00081199')) throw new Error(`STOW: ${answer.status} ${text}`);
  return performance.now() - start;
}

/** Waiting times of `count` images that a sender stores one after the other. */
export async function stowTimesMs(
  orthanc: PrivateOrthanc,
  study: number,
  count: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let instance = 1; instance <= count; instance++) {
    times.push(await stowMs(orthanc, tinyRadiograph(study, instance)));
  }
  return times;
}

export const medianOf = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

export const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
