import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Channel, ChannelModel } from 'amqplib';
import { backOffMs, type BackOff } from '../../domain/back-off.js';
import { ColouriseError } from '../../domain/errors.js';

export interface BrokerOptions {
  /** amqp:// or amqps://, with user and password. */
  readonly url: string;
  /** PEM file of the certificates to trust, for amqps with a private authority. */
  readonly caFile?: string;
  /** First part of every name in the broker. Default `colouriser`. */
  readonly prefix?: string;
  /** What a caller waits for a connection that is just coming back, ms. Default 2 s. */
  readonly patienceMs?: number;
  /** Pauses between attempts to connect. Default 0.5 s, up to 15 s. */
  readonly reconnect?: BackOff;
  /** Hears of each new reason why there is no connection, and of what fails on it. */
  readonly onError?: (error: ColouriseError) => void;
}

export type CompleteOptions = BrokerOptions & Required<Omit<BrokerOptions, 'url' | 'caFile'>>;

export const brokerDefaults: Omit<CompleteOptions, 'url'> = {
  prefix: 'colouriser',
  patienceMs: 2_000,
  reconnect: { baseMs: 500, maxMs: 15_000 },
  onError: () => undefined,
};

export interface LinkOptions<T> extends Pick<BrokerOptions, 'url' | 'caFile'> {
  readonly reconnect: BackOff;
  readonly onError: (error: ColouriseError) => void;
  /** Prepares a fresh connection. Its channels belong to it: an error in one of them ends the connection. */
  readonly open: (connection: Connection) => Promise<T>;
}

export interface Connection {
  readonly model: ChannelModel;
  /** Aborted when nothing more can be done with the connection, whoever ended it. */
  readonly ended: AbortSignal;
  /** Ends the connection for a reason of the caller's own. */
  readonly end: (reason: unknown) => void;
  /** Ends the connection when the channel fails. */
  readonly guard: <C extends Channel>(channel: C) => C;
  /** Why the broker takes nothing at the moment, in its own words: it is short of memory or of disk. */
  readonly blocked: () => string | undefined;
}

/** A silent peer is given up after two of these. */
const heartbeatSeconds = 10;
/** What a peer may take to agree to the end of a connection. */
const closingMs = 1_000;
/** Short enough that a stop in the middle of it stays within its grace. */
const connectTimeoutMs = 4_000;
/** Longer than the minute after which RabbitMQ itself names the queue that does not answer. */
const openingMs = 90_000;

/** A connection that comes back by itself, for as long as it takes. */
export class BrokerLink<T> {
  private readonly options: LinkOptions<T>;
  private readonly ca: Buffer | undefined;
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;
  private current: T | undefined;
  private fault: ColouriseError | undefined;
  /** Those who wait for a connection. */
  private readonly waiting = new Set<() => void>();

  constructor(options: LinkOptions<T>) {
    this.options = options;
    this.ca = options.caFile === undefined ? undefined : readFileSync(options.caFile);
    this.running = this.run();
  }

  /** What `open` made of the connection that stands now. */
  get open(): T | undefined {
    return this.current;
  }

  /** Undefined until the first attempt to connect has ended. */
  get isConnected(): boolean | undefined {
    if (this.current !== undefined) return true;
    return this.fault === undefined ? undefined : false;
  }

  /**
   * Waits a while for a connection that is just coming back.
   * @throws ColouriseError `QUEUE_UNAVAILABLE` with the reason why there is none
   */
  async within(patienceMs: number): Promise<T> {
    const end = performance.now() + patienceMs;
    while (this.current === undefined) {
      const leftMs = end - performance.now();
      if (leftMs <= 0 || this.closing.signal.aborted)
        throw this.fault ?? this.away('no answer yet');
      await this.change(leftMs);
    }
    return this.current;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.connectOnce(() => (failures = 0));
      } catch (thrown) {
        this.report(thrown);
      }
      failures += 1;
      await aborted(signal, backOffMs(failures, this.options.reconnect, Math.random()));
    }
  }

  /** Ends when the connection does. */
  private async connectOnce(connected: () => void): Promise<void> {
    const { ca } = this;
    const { connect } = await import('amqplib');
    const model = await connect(withHeartbeat(this.options.url), {
      ...(ca === undefined ? {} : { ca: [ca] }),
      timeout: connectTimeoutMs,
      noDelay: true,
      keepAlive: true,
    });
    const ended = new AbortController();
    const closed = new AbortController();
    let reason: unknown;
    let blocked: string | undefined;
    // At once: until the peer agrees to close, which a silent one does not, the channels look open and are not.
    const end = (error: unknown): void => {
      reason ??= error;
      ended.abort(reason);
    };
    model.on('error', end);
    model.on('close', (error) => {
      end(error);
      closed.abort();
    });
    model.on('blocked', (why: string) => (blocked = why));
    model.on('unblocked', () => (blocked = undefined));
    const guard = <C extends Channel>(channel: C): C => channel.on('error', end);
    const connection = { model, ended: ended.signal, end, guard, blocked: () => blocked };
    try {
      const current = await this.opened(connection);
      if (current !== undefined) {
        this.become(current);
        connected();
        await aborted(AbortSignal.any([ended.signal, this.closing.signal]));
      }
    } catch (error) {
      // What the broker said when it ended the connection tells more than the calls that ended with it.
      if (error instanceof ColouriseError) reason = error;
      end(error);
    } finally {
      ended.abort(reason);
      this.become(undefined);
      closeQuietly(model);
      await aborted(closed.signal, closingMs);
      // A half-open socket would hold its messages, and this process at its end, until the heartbeat fails. With an error,
      // as amqplib ends its heartbeat at nothing less.
      if (!closed.signal.aborted) socketOf(model).destroy(new Error('the broker has gone silent'));
    }
    if (reason) throw reason as Error;
  }

  /** Undefined when this end closes meanwhile. A queue that answers nobody would hold it for ever. */
  private async opened(connection: Connection): Promise<T | undefined> {
    const late = AbortSignal.timeout(openingMs);
    const { signal } = this.closing;
    const opening = this.options.open(connection);
    // Nobody hears any more of what becomes of it.
    opening.catch(() => undefined);
    const current = await Promise.race([opening, aborted(AbortSignal.any([signal, late]))]);
    if (current !== undefined) return current;
    if (signal.aborted) return undefined;
    throw this.away(`its queues do not answer for ${openingMs / 1000} s`);
  }

  private become(current: T | undefined): void {
    this.current = current;
    if (current !== undefined) this.fault = undefined;
    for (const wake of this.waiting) wake();
  }

  private change(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      this.waiting.add(done);
    });
  }

  private report(thrown: unknown): void {
    const error =
      thrown instanceof ColouriseError
        ? thrown
        : this.away(
            thrown instanceof Error ? thrown.message || thrown.name : String(thrown),
            thrown,
          );
    if (this.fault?.message !== error.message) this.options.onError(error);
    this.fault = error;
  }

  /** Never shows the password of the address. */
  private away(reason: string, cause?: unknown): ColouriseError {
    const { host } = new URL(this.options.url);
    return new ColouriseError('QUEUE_UNAVAILABLE', `the broker at ${host}: ${reason}`, { cause });
  }
}

function withHeartbeat(url: string): string {
  const address = new URL(url);
  if (!address.searchParams.has('heartbeat')) {
    address.searchParams.set('heartbeat', `${heartbeatSeconds}`);
  }
  return address.href;
}

/** amqplib's own property, which its types leave out. */
function socketOf(model: ChannelModel): Socket {
  return (model.connection as unknown as { readonly stream: Socket }).stream;
}

function closeQuietly(model: ChannelModel): void {
  // It may be closed already, which is what is wanted.
  model.close().catch(() => undefined);
}

/** Resolves when the signal fires, or after the limit if there is one. */
function aborted(signal: AbortSignal, limitMs?: number): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = limitMs === undefined ? undefined : setTimeout(done, limitMs);
    signal.addEventListener('abort', done, { once: true });
  });
}
