import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { ColouriseError } from '../../domain/errors.js';
import type { SharedMemory } from '../shared-memory.js';
import { Arrival } from './arrival.js';
import type { DirectReading } from './direct-reading.js';
import type { HttpExchange } from './http-client.js';

/** Smaller answers cost nothing. */
const leastShared = 1 << 20;

interface BodyOptions extends Pick<HttpExchange, 'memory' | 'onArrival'> {
  /** Largest body that is read, bytes. */
  readonly maxBytes: number;
  readonly label: string;
  /** Where the connection lets a body be read straight to its place. */
  readonly reading: DirectReading | undefined;
}

/**
 * Fills one buffer when the length is announced: a large image is then read straight to its place.
 * @throws `TOO_LARGE` when it exceeds `maxBytes`; what the connection throws when it breaks off
 */
export async function readBody(
  response: IncomingMessage,
  { maxBytes, label, memory, onArrival, reading }: BodyOptions,
): Promise<Buffer> {
  const announced = response.headers['content-length'];
  const length = announced === undefined ? undefined : Number(announced);
  const tooLarge = () =>
    new ColouriseError('TOO_LARGE', `${label}: the answer exceeds the bound of ${maxBytes} bytes`);
  if (length !== undefined && length > maxBytes) throw tooLarge();
  const target = blockOf(length ?? 0, memory);
  const arrival = new Arrival(target.length);
  if (response.statusCode === 200 && isShared(target)) {
    onArrival?.({ bytes: target, arrived: arrival.arrived });
  }
  const pieces: Buffer[] = [];
  let filled = 0;
  let tellWhole: () => void = () => undefined;
  const whole = new Promise<void>((resolve) => (tellWhole = resolve));
  const count = (bytes: number) => {
    filled += bytes;
    arrival.reached(filled);
    if (filled === length) tellWhole();
  };
  // Not `for await`: its turn per piece costs as much again as all the copying. A piece is not to be kept: others follow
  // it on the same memory.
  response.on('data', (piece: Buffer) => {
    if (filled + piece.length > maxBytes) response.destroy(tooLarge());
    else if (length === undefined) pieces.push(Buffer.from(piece));
    else piece.copy(target, filled);
    count(piece.length);
  });
  if (isShared(target)) reading?.into({ rest: () => target.subarray(filled), filled: count });
  await Promise.race([finished(response), whole]).catch((thrown: unknown) => {
    arrival.brokeOff();
    throw thrown;
  });
  return length === undefined ? Buffer.concat(pieces, filled) : target.subarray(0, filled);
}

function isShared(block: Uint8Array): block is Uint8Array<SharedArrayBuffer> {
  return block.buffer instanceof SharedArrayBuffer;
}

function blockOf(bytes: number, memory: SharedMemory | undefined): Buffer {
  if (memory === undefined || bytes < leastShared) return Buffer.allocUnsafeSlow(bytes);
  const { buffer } = memory.take(bytes);
  return Buffer.from(buffer, 0, bytes);
}
