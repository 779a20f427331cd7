import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectAmqp } from 'amqplib';
import { endChild, freePorts, startChild, temporaryFolder, until } from './process.js';

/** The one in /usr/sbin changes its user with `su`. */
const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const controlProgram = '/usr/lib/rabbitmq/bin/rabbitmqctl';

type Ports = readonly [port: number, distribution: number, epmd: number, tls: number];

export interface RabbitMqOptions {
  /** An empty folder for its data; default: one of its own. */
  readonly dataFolder?: string;
  /** With less room it stops publishers. Default 1MB. */
  readonly diskFreeLimit?: string;
  /** Certificate and key, PEM files: then it answers at `tlsUrl` as well. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** A private RabbitMQ with its own epmd on free loopback ports, in a temporary folder. Ready in 8-16 s. */
export class PrivateRabbitMq {
  readonly url: string;
  readonly tlsUrl: string;
  log = '';
  readonly folder: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly epmdPort: number;
  private epmd: ChildProcess | undefined;
  private broker: ChildProcess | undefined;

  private constructor(folder: string, dataFolder: string, ports: Ports) {
    const [port, distributionPort, epmdPort, tlsPort] = ports;
    this.folder = folder;
    this.epmdPort = epmdPort;
    this.url = `amqp://guest:guest@127.0.0.1:${port}`;
    this.tlsUrl = `amqps://guest:guest@localhost:${tlsPort}`;
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
      RABBITMQ_MNESIA_BASE: dataFolder,
      RABBITMQ_LOG_BASE: at('log'),
      RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
      RABBITMQ_CONF_ENV_FILE: at('rabbitmq-env.conf'),
      // The start script then becomes the Erlang machine instead of its parent: one pid to end.
      NOTIFY_SOCKET: at('nobody-listens'),
    };
  }

  static async start(options: RabbitMqOptions = {}): Promise<PrivateRabbitMq> {
    const folder = temporaryFolder();
    const { dataFolder = join(folder, 'data'), diskFreeLimit = '1MB' } = options;
    const ports = (await freePorts(4)) as [number, number, number, number];
    const rabbit = new PrivateRabbitMq(folder, dataFolder, ports);
    mkdirSync(dataFolder, { recursive: true });
    mkdirSync(join(folder, 'log'));
    const { certFile, keyFile } = options.tls ?? {};
    const tls = [
      `listeners.ssl.1 = 127.0.0.1:${ports[3]}`,
      `ssl_options.certfile = ${certFile ?? ''}`,
      `ssl_options.keyfile = ${keyFile ?? ''}`,
    ];
    const configuration = [
      'log.console = true',
      'log.console.level = warning',
      'log.file = false',
      `disk_free_limit.absolute = ${diskFreeLimit}`,
      ...(options.tls ? tls : []),
    ];
    writeFileSync(join(folder, 'rabbitmq.conf'), `${configuration.join('\n')}\n`);
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

  /** Runs `rabbitmqctl`; stands still for the seconds that it takes. */
  control(...args: readonly string[]): string {
    const all = ['--quiet', ...args];
    return execFileSync(controlProgram, all, { env: this.env, encoding: 'utf8' });
  }

  /** What stands in each queue, taken by somebody or not. */
  queues(): ReadonlyMap<string, number> {
    const said = this.control('list_queues', '--no-table-headers', 'name', 'messages');
    return new Map(
      said
        .trim()
        .split('\n')
        .map((line) => line.split('\t') as [string, string])
        .map(([name, messages]) => [name, Number(messages)]),
    );
  }

  /** Of the latest start. */
  get pid(): number | undefined {
    return this.broker?.pid;
  }

  /** SIGSTOP and SIGCONT, for one. */
  signal(signal: NodeJS.Signals): void {
    this.broker?.kill(signal);
  }

  /** SIGKILL is a power cut; SIGTERM an orderly stop. Its epmd goes with it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.broker) await endChild(this.broker, signal);
    if (this.epmd) await endChild(this.epmd);
  }
}
