import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { ImageJson, ImagePage, ServiceStatus, Wire } from '../../src/http/api.js';
import { endChild, startChild, temporaryFolder, until } from './process.js';

export type ImageAnswer = Wire<ImageJson>;

/** One line of the log; pino's own fields and what the service adds. */
export interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly code?: string;
  readonly [fact: string]: unknown;
}

export interface ServiceOptions {
  /** Over the test's settings: COLOURISER_… variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** A folder that outlives the service; default: a fresh one. */
  readonly dataFolder?: string;
  /** `work` has no page: then the methods that ask one must not be called. Default `serve`. */
  readonly command?: 'serve' | 'work';
}

const readyLine = { serve: 'ready', work: 'ready to work' };
const command = join(process.cwd(), 'bin/colouriser');
/** Loading two networks on a machine that is busy with other things takes a while. */
const startMs = 60_000;

/** The real `bin/colouriser serve` (or `work`) as a child process over a private data folder, with all that it ever logged. */
export class ServiceProcess {
  readonly dataFolder: string;
  /** Over all starts. */
  log = '';
  url = '';
  private child: ChildProcess | undefined;
  private readonly command: 'serve' | 'work';
  private readonly environment: NodeJS.ProcessEnv;

  private constructor(orthancUrl: string, options: ServiceOptions) {
    this.command = options.command ?? 'serve';
    this.dataFolder = options.dataFolder ?? temporaryFolder();
    this.environment = serviceEnvironment(orthancUrl, this.dataFolder, options.env);
  }

  static async start(orthancUrl: string, options: ServiceOptions = {}): Promise<ServiceProcess> {
    const service = new ServiceProcess(orthancUrl, options);
    await service.resume();
    return service;
  }

  /** Starts it again over the same data folder, on another port. */
  async resume(): Promise<void> {
    const child = startChild(command, [this.command], { env: this.environment });
    this.child = child;
    const logged = this.log.length;
    child.stdout?.resume();
    child.stderr?.on('data', (data: Buffer) => (this.log += data.toString()));
    const ready = await until(
      'the service to be ready',
      () => {
        if (child.exitCode !== null) throw new Error(`the service ended at start:\n${this.log}`);
        return readLines(this.log.slice(logged)).find(({ msg }) => msg === readyLine[this.command]);
      },
      startMs,
    );
    this.url = this.command === 'serve' ? String(ready['url']) : '';
  }

  /** Of the latest start. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** SIGSTOP and SIGCONT, for one. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    if (this.child) await endChild(this.child, 'SIGKILL');
  }

  /** Ends it as an init system does; returns the exit code. */
  async stop(): Promise<number | null> {
    if (!this.child) return null;
    await endChild(this.child, 'SIGTERM');
    return this.child.exitCode;
  }

  /** Every complete line of the log. @throws when a line is not JSON */
  lines(): readonly LogLine[] {
    return readLines(this.log);
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.url}${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async post(path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  }

  status(): Promise<Wire<ServiceStatus>> {
    return this.get('/api/status');
  }

  /** All rows, newest first. */
  async images(): Promise<readonly ImageAnswer[]> {
    const rows: ImageAnswer[] = [];
    let next: string | undefined;
    do {
      const before: string = next === undefined ? '' : `&before=${next}`;
      const page = await this.get<Wire<ImagePage>>(`/api/images?limit=500${before}`);
      rows.push(...page.images);
      next = page.next;
    } while (next !== undefined);
    return rows;
  }

  /** The rows about one source image. */
  async rowsOf(SOPInstanceUID: string): Promise<readonly ImageAnswer[]> {
    return (await this.get<Wire<ImagePage>>(`/api/images?uid=${SOPInstanceUID}`)).images;
  }
}

/** What the command line needs to find a private Orthanc; short pauses, so that tests need not wait. */
export function serviceEnvironment(
  orthancUrl: string,
  dataFolder: string,
  more: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('COLOURISER_'));
  return {
    ...Object.fromEntries(inherited),
    COLOURISER_ORTHANC_URL: orthancUrl,
    COLOURISER_DATA_FOLDER: dataFolder,
    COLOURISER_HTTP_PORT: '0',
    COLOURISER_INTAKE_POLL_MS: '200',
    COLOURISER_INTAKE_STABLE_POLL_MS: '500',
    COLOURISER_QUEUE_RETRY_BASE_MS: '100',
    COLOURISER_QUEUE_MAX_ATTEMPTS: '3',
    ...more,
  };
}

/** The last line may still be under way. */
function readLines(log: string): LogLine[] {
  return log
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogLine);
}
