import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { freePorts } from './process.js';

/** What happens to a request instead of being passed on untouched. */
export type Fault =
  /** The connection is closed at once, without an answer. */
  | { readonly kind: 'drop' }
  /** The request is taken and never answered: a half-open peer. */
  | { readonly kind: 'hang' }
  /** Passed on after a pause. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answered here; the server behind never sees it. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The answer starts; after so many bytes of its body the connection is reset (RST). */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The answer starts; after so many bytes of its body nothing more comes. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Answered with status 200 and one byte every so many ms, without end. */
  | { readonly kind: 'drip'; readonly everyMs: number };

export interface Rule {
  readonly fault: Fault;
  /** Matched against path and query; absent: every request. */
  readonly path?: RegExp;
  readonly method?: string;
  /** The rule goes after so many uses; absent: it stays. */
  readonly times?: number;
}

/** An HTTP proxy on a free loopback port whose faults are switched at run time. */
export class FaultProxy {
  readonly url: string;
  /** 'METHOD path' of what arrived, oldest first. */
  readonly seen: string[] = [];
  readonly #port: number;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #rules: { rule: Rule; left: number }[] = [];
  #server: Server | undefined;

  private constructor(port: number, target: string) {
    this.#port = port;
    this.#target = new URL(target);
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(target: string): Promise<FaultProxy> {
    const [port = 0] = await freePorts(1);
    const proxy = new FaultProxy(port, target);
    await proxy.listen();
    return proxy;
  }

  /** The first rule that matches applies. Replaces what was set. */
  set(...rules: readonly Rule[]): void {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Infinity }));
  }

  clear(): void {
    this.set();
  }

  /** Connections are refused from now on, and those that stand are reset, until `listen`. */
  async refuse(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Accepts again after `refuse`, on the same port. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.#handle(request, response);
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/' } = request;
    this.seen.push(`${method} ${url}`);
    const fault = this.#take(method, url);
    switch (fault?.kind) {
      case undefined:
        this.#forward(request, response);
        break;
      case 'drop':
        request.socket.destroy();
        break;
      case 'hang':
        request.resume();
        break;
      case 'delay':
        setTimeout(() => {
          this.#forward(request, response);
        }, fault.ms).unref();
        break;
      case 'answer':
        request.resume();
        response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
        break;
      case 'drip':
        request.resume();
        drip(response, fault.everyMs);
        break;
      case 'reset':
      case 'stall':
        this.#forward(request, response, fault);
        break;
      default:
        fault satisfies never;
    }
  }

  #take(method: string, url: string): Fault | undefined {
    const entry = this.#rules.find(
      ({ rule, left }) =>
        left > 0 &&
        (rule.path?.test(url) ?? true) &&
        (rule.method === undefined || rule.method === method),
    );
    if (entry === undefined) return undefined;
    entry.left -= 1;
    return entry.rule.fault;
  }

  #forward(
    request: IncomingMessage,
    response: ServerResponse,
    cut?: Extract<Fault, { afterBytes: number }>,
  ): void {
    const { hostname, port } = this.#target;
    const { method, url: path, headers } = request;
    const onward = httpRequest({ hostname, port, method, path, headers, agent: false });
    onward.on('error', () => request.socket.destroy());
    response.on('close', () => onward.destroy());
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => request.socket.destroy());
      if (cut === undefined) answer.pipe(response);
      else cutShort(answer, response, cut);
    });
    request.on('error', () => onward.destroy());
    request.pipe(onward);
  }
}

function drip(response: ServerResponse, everyMs: number): void {
  const timer = setInterval(() => response.write(' '), everyMs);
  response.on('close', () => {
    clearInterval(timer);
  });
}

function cutShort(
  answer: IncomingMessage,
  response: ServerResponse,
  { kind, afterBytes }: Extract<Fault, { afterBytes: number }>,
): void {
  let left = afterBytes;
  answer.on('data', (piece: Buffer) => {
    const part = piece.subarray(0, left);
    left -= part.length;
    response.write(part, () => {
      if (left > 0) return;
      answer.pause();
      if (kind === 'reset') response.socket?.resetAndDestroy();
    });
  });
}
