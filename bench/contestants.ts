/** Those who take part: the floor, the service, and two Python scripts. Each is one process. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ImageJson, ImagePage, ServiceStatus, Wire } from '../src/http/api.js';
import { serviceEnvironment } from '../test/support/service.js';
import { endChild, startChild, temporaryFolder, until } from '../test/support/process.js';
import { exchange, json } from './wire.js';

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export type Timings = Readonly<Record<string, number>>;

/** A process that does one image a line. */
export interface Lackey {
  readonly pid: number;
  perform(task: object): Promise<Timings>;
  end(): Promise<void>;
}

export const startFloor = (orthancUrl: string) =>
  startLackey(process.execPath, [here('dist/bench/floor.js'), orthancUrl]);

export const startPeer = (script: 'with_opencv.py' | 'with_skimage.py', orthancUrl: string) =>
  startLackey('/usr/bin/python3', [
    here(`bench/peer/${script}`),
    `${orthancUrl}/dicom-web`,
    here('models/evidence/model.onnx'),
  ]);

async function startLackey(command: string, args: readonly string[]): Promise<Lackey> {
  const child = startChild(command, args, {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (child.stdin === null || child.stdout === null) throw new Error('no pipes');
  const { stdin } = child;
  const waiting = new Map<number, (timings: Timings) => void>();
  let last = 0;
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, 'line');
  lines.on('line', (line) => {
    const { id, timingsMs } = JSON.parse(line) as { id?: number; timingsMs?: Timings };
    if (id !== undefined && timingsMs !== undefined) waiting.get(id)?.(timingsMs);
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${args[0] ?? command} ended`);
  });
  ended.catch(() => undefined);
  await Promise.race([ready, ended]);
  return {
    pid: child.pid ?? 0,
    perform(task) {
      const id = ++last;
      stdin.write(`${JSON.stringify({ id, ...task })}\n`);
      const done = new Promise<Timings>((resolve) => waiting.set(id, resolve));
      return Promise.race([done, ended]);
    },
    end: () => endChild(child),
  };
}

/** The service as it is delivered, with its defaults. */
export interface Ours {
  readonly pid: number;
  /** What the plugin in Orthanc does when an instance arrives. */
  wake(): Promise<void>;
  rowOf(SOPInstanceUID: string): Promise<Wire<ImageJson> | undefined>;
  /** Colour series stored since its start. */
  stored(): Promise<number>;
  /** Waits until nothing is left to do and so many series were stored since its start. */
  settled(stored: number, timeoutMs?: number): Promise<void>;
  /** Stops and continues the whole process, so that a burst can be laid before it. */
  freeze(): void;
  thaw(): void;
  end(): Promise<void>;
}

export async function startOurs(
  orthancUrl: string,
  nodeOptions: readonly string[] = [],
): Promise<Ours> {
  const environment = serviceEnvironment(orthancUrl, temporaryFolder());
  const defaults = Object.entries(environment).filter(
    ([name]) => !/^COLOURISER_(INTAKE|QUEUE)_/.test(name),
  );
  const program = here('bin/colouriser');
  const options = { env: Object.fromEntries(defaults) };
  // Options can only be given to Node itself; what is delivered starts by its first line.
  const child =
    nodeOptions.length === 0
      ? startChild(program, ['serve'], options)
      : startChild(process.execPath, [...nodeOptions, program, 'serve'], options);
  let log = '';
  child.stdout?.resume();
  child.stderr?.on('data', (data: Buffer) => (log = (log + data.toString()).slice(-1_000_000)));
  const url = await until(
    'the service to be ready',
    () => {
      if (child.exitCode !== null) throw new Error(`the service ended at start:\n${log}`);
      return /"url":"([^"]+)","orthanc"[^\n]*"msg":"ready"/.exec(log)?.[1];
    },
    90_000,
  );
  const balance = async () => (await json<Wire<ServiceStatus>>(`${url}/api/status`)).balance;
  return {
    pid: child.pid ?? 0,
    async wake() {
      await exchange({ method: 'POST', url: `${url}/api/wake`, body: [] });
    },
    async rowOf(SOPInstanceUID) {
      const page = await json<Wire<ImagePage>>(`${url}/api/images?uid=${SOPInstanceUID}`);
      return page.images[0];
    },
    stored: async () => (await balance()).stored,
    async settled(stored, timeoutMs = 300_000) {
      const isDone = async () => {
        const now = await balance();
        if (now.failed > 0) throw new Error('an image failed');
        return now.undecided === 0 && now.pending === 0 && now.stored >= stored;
      };
      await until(`${stored} stored series`, isDone, timeoutMs, 100);
    },
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    end: () => endChild(child, 'SIGTERM'),
  };
}
