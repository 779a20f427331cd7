import type { ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endChild, freePorts, startChild, temporaryFolder, until } from './process.js';

const pluginFolder = '/usr/share/orthanc/plugins';

export interface OrthancOptions {
  /** Merged over the test configuration. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Plugins beside DICOMweb, by file name or absolute path. */
  readonly plugins?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** An empty folder for index and files; default: one of its own. */
  readonly storageFolder?: string;
}

/** A private Orthanc with DICOMweb on free loopback ports, in a temporary folder. */
export class PrivateOrthanc {
  readonly folder: string;
  readonly port: number;
  readonly dicomPort: number;
  readonly url: string;
  log = '';
  private child: ChildProcess | undefined;
  private readonly options: OrthancOptions;

  private constructor(folder: string, ports: readonly [number, number], options: OrthancOptions) {
    const [port, dicomPort] = ports;
    this.folder = folder;
    this.port = port;
    this.dicomPort = dicomPort;
    this.url = `http://127.0.0.1:${port}`;
    this.options = options;
  }

  static async start(options: OrthancOptions = {}): Promise<PrivateOrthanc> {
    const folder = temporaryFolder();
    const [port, dicomPort] = (await freePorts(2)) as [number, number];
    const storage = options.storageFolder ?? join(folder, 'storage');
    mkdirSync(storage, { recursive: true });
    const plugins = ['libOrthancDicomWeb.so', ...(options.plugins ?? [])].map((plugin) =>
      plugin.startsWith('/') ? plugin : join(pluginFolder, plugin),
    );
    writeFileSync(
      join(folder, 'orthanc.json'),
      JSON.stringify({
        Name: 'test',
        StorageDirectory: storage,
        IndexDirectory: storage,
        Plugins: plugins,
        HttpPort: port,
        DicomPort: dicomPort,
        RemoteAccessAllowed: false,
        StableAge: 2,
        AuthenticationEnabled: false,
        HttpCompressionEnabled: false,
        OverwriteInstances: false,
        DicomWeb: { Enable: true, Root: '/dicom-web/' },
        ...options.configuration,
      }),
    );
    const orthanc = new PrivateOrthanc(folder, [port, dicomPort], options);
    await orthanc.resume();
    return orthanc;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Starts the process again over the same storage. */
  async resume(): Promise<void> {
    const child = startChild('Orthanc', [join(this.folder, 'orthanc.json')], {
      ...(this.options.env ? { env: { ...process.env, ...this.options.env } } : {}),
    });
    this.child = child;
    const keep = (data: Buffer) => (this.log = (this.log + data.toString()).slice(-100_000));
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    await until(
      'Orthanc to answer',
      async () => {
        if (child.exitCode !== null) throw new Error(`Orthanc ended at start:\n${this.log}`);
        const answer = await fetch(`${this.url}/system`).catch(() => undefined);
        return answer !== undefined && answer.status !== 503;
      },
      20_000,
    );
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child) await endChild(this.child, signal);
  }

  /** SIGSTOP and SIGCONT, for one. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends it and empties its storage: what an operator's fresh installation looks like. */
  async wipe(): Promise<void> {
    await this.kill();
    const storage = join(this.folder, 'storage');
    rmSync(storage, { recursive: true, force: true });
    mkdirSync(storage);
  }

  /** Stores one Part 10 file by Orthanc's own API; returns its Orthanc id. */
  async upload(part10: Uint8Array, timeoutMs = 60_000): Promise<string> {
    const answer = await fetch(`${this.url}/instances`, {
      method: 'POST',
      body: new Blob([part10]),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { ID: string }).ID;
  }

  /** Deletes a resource by its path, e.g. /instances/{id}. */
  async delete(path: string): Promise<void> {
    const answer = await fetch(`${this.url}${path}`, { method: 'DELETE' });
    if (!answer.ok) throw new Error(`delete ${path}: ${answer.status}`);
  }

  async json<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.url}${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as T;
  }
}
