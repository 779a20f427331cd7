import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { asColouriseError, ColouriseError } from '../../domain/errors.js';
import type { ByteSource } from '../../ports/byte-source.js';
import type { SharedMemory } from '../shared-memory.js';
import { readBody } from './answer-body.js';
import type { ArrivingBody } from './arrival.js';
import { type DirectReading, readingDirectly } from './direct-reading.js';
import { translateTransport } from './transport-errors.js';

export interface HttpClientOptions {
  /** Until the connection (TLS included) stands, ms. */
  readonly connectTimeoutMs: number;
  /** Longest silence in either direction, ms. */
  readonly idleTimeoutMs: number;
  /** The whole exchange, ms: bounds a peer that drips. */
  readonly totalTimeoutMs: number;
  /** Largest answer that is read, bytes. Nothing is allocated for a larger one. */
  readonly maxBytes: number;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM certificates that replace the system's trust. */
  readonly ca?: Buffer | undefined;
}

export interface HttpExchange {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  /** Names the exchange in messages: its kind and identifiers, never a patient. */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ByteSource;
  readonly signal?: AbortSignal;
  /** Where a large answer of known length is put; its reader gives it back. */
  readonly memory?: SharedMemory | undefined;
  /** Hears of such an answer as it begins to arrive; a status other than 200 is no answer. */
  readonly onArrival?: ((arriving: ArrivingBody) => void) | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** What was asked and whom, for messages. */
  readonly label: string;
}

const noHeaders = {};
const pieceBytes = 1 << 20;

/**
 * One exchange per connection: Orthanc closes idle sockets after a second, so keeping them gains
 * nothing and brings resets. Answers are asked for uncompressed: gzip costs Orthanc ten times the
 * transfer.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #active = new Set<ClientRequest>();
  #closed = false;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /**
   * Any status is an answer; redirects are not followed.
   * @throws `PACS_UNAVAILABLE` when no whole answer came; `TOO_LARGE` when it exceeds `maxBytes`
   */
  async exchange(exchange: HttpExchange): Promise<HttpAnswer> {
    const { host } = new URL(exchange.url);
    const label = `${exchange.what} at ${host}`;
    if (this.#closed) throw new ColouriseError('PACS_UNAVAILABLE', `${label}: client is closed`);
    const reading = directlyWhere(exchange);
    const request = this.#open(exchange, reading);
    this.#active.add(request);
    const watch = watchTime(request, this.#options, label);
    try {
      const response = await send(request, exchange.body);
      const { maxBytes } = this.#options;
      const body = await readBody(response, { ...exchange, maxBytes, label, reading });
      const contentType = response.headers['content-type'] ?? '';
      return { status: response.statusCode ?? 0, contentType, body, label };
    } catch (thrown) {
      if (thrown instanceof ColouriseError) throw thrown;
      throw watch.expired() ?? translateTransport(thrown, label);
    } finally {
      watch.stop();
      this.#active.delete(request);
      request.destroy();
    }
  }

  /** Ends what is under way; its callers get `PACS_UNAVAILABLE`. */
  close(): void {
    this.#closed = true;
    for (const request of this.#active) request.destroy(new Error('client is closed'));
  }

  #open(
    { url, method, headers, body, signal }: HttpExchange,
    reading: DirectReading | undefined,
  ): ClientRequest {
    const open = isSecure(url) ? httpsRequest : httpRequest;
    const request = open(url, {
      method,
      agent: false,
      headers: {
        'Accept-Encoding': 'identity',
        ...this.#options.headers,
        ...headers,
        ...(method === 'POST' ? { 'Content-Length': body?.byteLength ?? 0 } : noHeaders),
      },
      ...(this.#options.ca ? { ca: this.#options.ca } : {}),
      ...(signal ? { signal } : {}),
      ...reading?.options,
    });
    reading?.follow(request);
    // Errors that matter reach the awaiting exchange; later ones concern a socket we gave up.
    request.on('error', () => undefined);
    return request;
  }
}

/**
 * Sends the body at the pace that the peer takes it; an answer may come before it is all sent.
 * @throws what the body throws: a picture that cannot be drawn is no fault of the peer
 */
async function send(
  request: ClientRequest,
  body: ByteSource | undefined,
): Promise<IncomingMessage> {
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  let faultOfBody: Error | undefined;
  // A broken upload shows in `answered`, unless the peer answered first, which then counts.
  sendBody(request, body).catch((thrown: unknown) => {
    faultOfBody = asColouriseError(thrown);
    request.destroy(faultOfBody);
  });
  try {
    const [response] = await answered;
    return response;
  } catch (thrown) {
    throw faultOfBody ?? thrown;
  }
}

/** Part by part: the next is not asked for before the connection has taken this one. @throws what the body throws */
async function sendBody(request: ClientRequest, body: ByteSource | undefined): Promise<void> {
  for await (const { buffer, byteOffset, byteLength } of body?.parts() ?? []) {
    for (let start = 0; start < byteLength; start += pieceBytes) {
      const length = Math.min(pieceBytes, byteLength - start);
      await taken(request, Buffer.from(buffer, byteOffset + start, length));
    }
    if (request.destroyed) return;
  }
  request.end();
}

/** Resolves when the connection has taken the piece, or is gone. */
function taken(request: ClientRequest, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    request.once('close', resolve);
    request.write(piece, () => {
      request.off('close', resolve);
      resolve();
    });
  });
}

const isSecure = (url: string) => url.startsWith('https:');

/** TLS deciphers into memory of its own. */
function directlyWhere({ url, memory }: HttpExchange): DirectReading | undefined {
  return memory === undefined || isSecure(url) ? undefined : readingDirectly();
}

/** Destroys the request when one of the three time limits passes, and remembers which. */
function watchTime(request: ClientRequest, limits: HttpClientOptions, label: string) {
  let expired: ColouriseError | undefined;
  const expire = (what: string, ms: number) => () => {
    expired ??= new ColouriseError('PACS_UNAVAILABLE', `${label}: ${what} within ${ms} ms`);
    request.destroy(expired);
  };
  const { connectTimeoutMs, idleTimeoutMs, totalTimeoutMs } = limits;
  const total = setTimeout(expire('no complete answer', totalTimeoutMs), totalTimeoutMs);
  const connect = setTimeout(expire('no connection', connectTimeoutMs), connectTimeoutMs);
  request.once('socket', (socket) => {
    const ready = 'encrypted' in socket ? 'secureConnect' : 'connect';
    socket.once(ready, () => {
      clearTimeout(connect);
      request.setTimeout(idleTimeoutMs, expire('no sign of life', idleTimeoutMs));
    });
  });
  const stop = () => {
    clearTimeout(total);
    clearTimeout(connect);
  };
  return { expired: () => expired, stop };
}
