import { connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of the bytes between two processes. */
export type Weather =
  | { readonly kind: 'pass' }
  /** What is connected is reset, and so is whoever connects. */
  | { readonly kind: 'refuse' }
  /** Every piece is late by this much, in both directions. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Half-open: connections stand and are accepted, and nothing comes through; at its end they are reset. */
  | { readonly kind: 'silent' }
  /** A connection is reset in the middle, after so many bytes of either direction. */
  | { readonly kind: 'reset'; readonly afterBytes: number };

/** What waits for a slow reader, bytes; beyond it the writer waits. */
const mostWaiting = 1 << 20;

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  moved: number;
}

/** A TCP proxy on a free loopback port whose weather is switched at run time. */
export class TcpProxy {
  readonly port: number;
  private readonly server: Server;
  private readonly target: { readonly host: string; readonly port: number };
  private readonly pairs = new Set<Pair>();
  private weather: Weather = { kind: 'pass' };

  private constructor(server: Server, port: number, target: TcpProxy['target']) {
    this.server = server;
    this.port = port;
    this.target = target;
    server.on('connection', (near) => {
      this.accept(near);
    });
  }

  /** To the host and port of this address. */
  static async to(url: string): Promise<TcpProxy> {
    const { hostname: host, port } = new URL(url);
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new TcpProxy(server, address.port, { host, port: Number(port) });
  }

  /** The same address by way of this proxy. */
  through(url: string): string {
    const here = new URL(url);
    here.hostname = '127.0.0.1';
    here.port = `${this.port}`;
    return here.href.replace(/\/$/, '');
  }

  set(weather: Weather): void {
    const wasSilent = this.weather.kind === 'silent';
    this.weather = weather;
    if (wasSilent || weather.kind === 'refuse') this.cut();
    if (weather.kind !== 'silent') return;
    for (const { near, far } of this.pairs) {
      near.pause();
      far.pause();
    }
  }

  /** Resets what is connected; new connections pass. */
  cut(): void {
    for (const pair of this.pairs) reset(pair);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }

  private accept(near: Socket): void {
    if (this.weather.kind === 'refuse') {
      near.on('error', () => undefined);
      near.resetAndDestroy();
      return;
    }
    const far = connect({ ...this.target, allowHalfOpen: true });
    const pair: Pair = { near, far, moved: 0 };
    this.pairs.add(pair);
    this.carry(pair, near, far);
    this.carry(pair, far, near);
    if (this.weather.kind === 'silent') near.pause();
  }

  private carry(pair: Pair, from: Socket, to: Socket): void {
    from.setNoDelay(true);
    from.on('data', (piece) => {
      this.count(pair, piece.length);
      this.late(() => {
        to.write(piece);
        if (to.writableLength < mostWaiting) return;
        from.pause();
        to.once('drain', () => {
          if (this.weather.kind !== 'silent') from.resume();
        });
      });
    });
    from.on('end', () => {
      this.late(() => to.end());
    });
    from.on('error', () => {
      reset(pair);
    });
    from.once('close', () => {
      this.pairs.delete(pair);
      if (from.errored) to.destroy();
      else this.late(() => to.end());
    });
  }

  private count(pair: Pair, bytes: number): void {
    pair.moved += bytes;
    const { weather } = this;
    if (weather.kind === 'reset' && pair.moved > weather.afterBytes) reset(pair);
  }

  private late(act: () => void): void {
    if (this.weather.kind === 'delay') setTimeout(act, this.weather.ms);
    else act();
  }
}

function reset({ near, far }: Pair): void {
  near.resetAndDestroy();
  far.resetAndDestroy();
}
