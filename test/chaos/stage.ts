import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultProxy } from '../support/fault-proxy.js';
import { PrivateOrthanc } from '../support/orthanc.js';
import { until } from '../support/process.js';
import { PrivateRabbitMq } from '../support/rabbitmq.js';
import { ServiceProcess } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { links, type ActorName, type LinkName, type OurName } from './plan.js';
import { SmallDisk } from './small-disk.js';

/** Whatever can be killed, paused and started again. */
export interface Actor {
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<unknown>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves once it answers or says that it is ready. */
  resume(): Promise<void>;
}

/** Short pauses, so that a run need not wait for what a hospital would; everything else as shipped. */
const settings = {
  COLOURISER_ORTHANC_TIMEOUT_MS: '3000',
  COLOURISER_QUEUE_KIND: 'rabbitmq',
  COLOURISER_QUEUE_RETRY_BASE_MS: '500',
  COLOURISER_QUEUE_RETRY_MAX_MS: '8000',
  COLOURISER_WORKERS_CONCURRENCY: '1',
};
/** A job pays with one attempt for each worker or connection that dies under it. */
const attempts = { COLOURISER_QUEUE_MAX_ATTEMPTS: '20' };
/** A peer that is silent for twice this is given up. */
const heartbeatSeconds = 3;
const roomMiB = 3_000;
/** RabbitMQ stops publishers when less is free. */
const alarmMiB = 60;

/** Orthanc, RabbitMQ, one `serve`, two `work`, and a proxy on each way between them. */
export class Stage {
  readonly orthanc: PrivateOrthanc;
  readonly rabbit: PrivateRabbitMq;
  readonly serve: ServiceProcess;
  readonly workers: readonly [ServiceProcess, ServiceProcess];
  readonly answers: FaultProxy;
  readonly lines: ReadonlyMap<LinkName, TcpProxy>;
  readonly disks: Readonly<Record<'orthanc' | 'rabbitmq' | 'serve', SmallDisk>>;

  private constructor(
    parts: Omit<Stage, 'actor' | 'logs' | 'fill' | 'empty' | 'end' | 'leftOver'>,
  ) {
    this.orthanc = parts.orthanc;
    this.rabbit = parts.rabbit;
    this.serve = parts.serve;
    this.workers = parts.workers;
    this.answers = parts.answers;
    this.lines = parts.lines;
    this.disks = parts.disks;
  }

  static async open(): Promise<Stage> {
    const disks = {
      orthanc: new SmallDisk(roomMiB),
      rabbitmq: new SmallDisk(roomMiB),
      serve: new SmallDisk(roomMiB),
    };
    const [orthanc, rabbit] = await Promise.all([
      PrivateOrthanc.start({ storageFolder: join(disks.orthanc.folder, 'storage') }),
      PrivateRabbitMq.start({
        dataFolder: join(disks.rabbitmq.folder, 'data'),
        diskFreeLimit: `${alarmMiB}MB`,
      }),
    ]);
    const answers = await FaultProxy.start(orthanc.url);
    const lines = new Map<LinkName, TcpProxy>();
    for (const link of links) {
      lines.set(link, await TcpProxy.to(link.endsWith('orthanc') ? answers.url : rabbit.url));
    }
    const start = (name: OurName, dataFolder?: string) => {
      const way = (server: 'orthanc' | 'rabbitmq', url: string) =>
        lines.get(`${name} to ${server}`)?.through(url) ?? url;
      const broker = `${way('rabbitmq', rabbit.url)}?heartbeat=${heartbeatSeconds}`;
      return ServiceProcess.start(way('orthanc', answers.url), {
        command: name === 'serve' ? 'serve' : 'work',
        ...(dataFolder === undefined ? {} : { dataFolder }),
        env: { ...settings, ...attempts, COLOURISER_QUEUE_URL: broker },
      });
    };
    const [serve, first, second] = await Promise.all([
      start('serve', join(disks.serve.folder, 'data')),
      start('work-1'),
      start('work-2'),
    ]);
    return new Stage({ orthanc, rabbit, serve, workers: [first, second], answers, lines, disks });
  }

  actor(name: ActorName): Actor {
    switch (name) {
      case 'orthanc':
        return this.orthanc;
      case 'rabbitmq':
        return this.rabbit;
      case 'serve':
      case 'work-1':
      case 'work-2': {
        const process = { serve: this.serve, 'work-1': this.workers[0], 'work-2': this.workers[1] }[
          name
        ];
        return {
          kill: (signal) => (signal === 'SIGKILL' ? process.kill() : process.stop()),
          signal: (signal) => {
            process.signal(signal);
          },
          resume: () => process.resume(),
        };
      }
      default:
        return name satisfies never;
    }
  }

  /** Of Orthanc and the ledger nothing is left; RabbitMQ keeps what lies below its alarm. */
  fill(target: 'orthanc' | 'rabbitmq' | 'serve'): void {
    this.disks[target].fill(target === 'rabbitmq' ? alarmMiB / 2 : 0);
  }

  empty(target: 'orthanc' | 'rabbitmq' | 'serve'): void {
    this.disks[target].empty();
  }

  /** What our processes ever logged. */
  logs(): Readonly<Record<OurName, string>> {
    const [first, second] = this.workers;
    return { serve: this.serve.log, 'work-1': first.log, 'work-2': second.log };
  }

  /** Stops all as an init system would. @returns how long each of ours took, s, with its exit code */
  async end(): Promise<Readonly<Record<OurName, { seconds: number; exitCode: number | null }>>> {
    const stop = async (process: ServiceProcess) => {
      const begun = performance.now();
      const exitCode = await process.stop();
      return { seconds: (performance.now() - begun) / 1000, exitCode };
    };
    const [first, second] = this.workers;
    const stopped = {
      'work-1': await stop(first),
      'work-2': await stop(second),
      serve: await stop(this.serve),
    };
    await Promise.all([...this.lines.values()].map((line) => line.close()));
    await this.answers.close();
    await Promise.all([this.orthanc.kill(), this.rabbit.kill()]);
    return stopped;
  }

  /** After `end`: processes that still run over a folder of this stage. */
  async leftOver(): Promise<readonly string[]> {
    const folders = [
      ...Object.values(this.disks).map(({ folder }) => folder),
      this.orthanc.folder,
      this.rabbit.folder,
      this.serve.dataFolder,
      ...this.workers.map(({ dataFolder }) => dataFolder),
    ];
    let found: readonly string[] = [];
    await until(
      'processes to end',
      () => (found = processesOver(folders)).length === 0,
      5_000,
    ).catch(() => undefined);
    for (const disk of Object.values(this.disks)) disk.end();
    return found;
  }
}

/** By what `/proc` shows of their commands and environments. */
function processesOver(folders: readonly string[]): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const about = (what: string) => readFileSync(`/proc/${pid}/${what}`, 'utf8');
        const [command, environment] = [about('cmdline'), about('environ')];
        const isOurs = folders.some((folder) => `${command}${environment}`.includes(folder));
        return isOurs && command !== '' ? [`${pid}: ${command.replaceAll('\0', ' ')}`] : [];
      } catch {
        return []; // It ended meanwhile, or is somebody else's.
      }
    });
}
