import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectAmqp } from 'amqplib';
import { endChild, freePorts, startChild, temporaryFolder, until } from './process.js';

/** The one in /usr/sbin changes its user with `su`. */
const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** A private RabbitMQ with its own epmd on free loopback ports, in a temporary folder. Ready in 8-16 s. */
export class PrivateRabbitMq {
  readonly url: string;
  log = '';
  private readonly folder: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly epmdPort: number;
  private epmd: ChildProcess | undefined;
  private broker: ChildProcess | undefined;

  private constructor(folder: string, ports: readonly [number, number, number]) {
    const [port, distributionPort, epmdPort] = ports;
    this.folder = folder;
    this.epmdPort = epmdPort;
    this.url = `amqp://guest:guest@127.0.0.1:${port}`;
    const at = (name: string) => join(folder, name);
    this.env = {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      HOME: folder,
      ERL_EPMD_PORT: `${epmdPort}`,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `test${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: `${port}`,
      RABBITMQ_DIST_PORT: `${distributionPort}`,
      RABBITMQ_MNESIA_BASE: at('data'),
      RABBITMQ_LOG_BASE: at('log'),
      RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
      RABBITMQ_CONF_ENV_FILE: at('rabbitmq-env.conf'),
      // The start script then becomes the Erlang machine instead of its parent: one pid to end.
      NOTIFY_SOCKET: at('nobody-listens'),
    };
  }

  static async start(): Promise<PrivateRabbitMq> {
    const folder = temporaryFolder();
    const rabbit = new PrivateRabbitMq(folder, (await freePorts(3)) as [number, number, number]);
    mkdirSync(join(folder, 'data'));
    mkdirSync(join(folder, 'log'));
    writeFileSync(
      join(folder, 'rabbitmq.conf'),
      'log.console = true\nlog.console.level = warning\nlog.file = false\ndisk_free_limit.absolute = 1MB\n',
    );
    writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
    writeFileSync(join(folder, 'rabbitmq-env.conf'), '');
    await rabbit.resume();
    return rabbit;
  }

  /** Starts it again over the same data. */
  async resume(): Promise<void> {
    const { env, folder } = this;
    this.epmd = startChild('epmd', ['-port', `${this.epmdPort}`, '-address', '127.0.0.1'], {
      cwd: folder,
      env,
    });
    const broker = startChild(program, [], { cwd: folder, env });
    this.broker = broker;
    const keep = (data: Buffer) => (this.log = (this.log + data.toString()).slice(-100_000));
    broker.stdout?.on('data', keep);
    broker.stderr?.on('data', keep);
    await until(
      'RabbitMQ to answer',
      async () => {
        if (broker.exitCode !== null) throw new Error(`RabbitMQ ended at start:\n${this.log}`);
        const connection = await connectAmqp(this.url).catch(() => undefined);
        await connection?.close();
        return connection !== undefined;
      },
      90_000,
    );
  }

  /** SIGKILL is a power cut; SIGTERM an orderly stop. Its epmd goes with it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.broker) await endChild(this.broker, signal);
    if (this.epmd) await endChild(this.epmd);
  }
}

/** A way to the broker that can be cut without stopping it. */
export class CuttableLine {
  readonly url: string;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(url: string, server: Server) {
    this.url = url;
    this.server = server;
  }

  static async to(url: string): Promise<CuttableLine> {
    const target = new URL(url);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const here = new URL(url);
    here.port = `${address.port}`;
    const line = new CuttableLine(here.href, server);
    server.on('connection', (near) => {
      const far = connect(Number(target.port), target.hostname);
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        line.sockets.add(socket);
        socket.on('error', () => undefined);
        socket.once('close', () => {
          line.sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
    });
    return line;
  }

  /** Resets what is connected; new connections pass. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }
}
