import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Obstacle } from './obstacle.js';

/** A process of ours, with what it said last. */
export interface Servant {
  readonly name: string;
  readonly child: ChildProcess;
  /** Its last lines, at most 100 kB. */
  said(): string;
  readonly ended: boolean;
}

/** Everything that must be gone when the demo is: processes and the folder they write to. */
export interface Household {
  readonly folder: string;
  start(name: string, command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Servant;
  /** Runs when the household closes, after the processes; for what outlives a killed process. */
  onClose(work: () => void): void;
  /** Ends all processes, the last started first, and removes the folder. */
  close(): Promise<void>;
}

const keptCharacters = 100_000;
/** A service in the middle of a picture may finish it. */
const graceMs = 3000;

/** Whatever way this process ends, its children and its folder go with it. */
export function openHousehold(): Household {
  const folder = mkdtempSync(join(tmpdir(), 'colouriser-demo-'));
  const servants: ChildProcess[] = [];
  const closers: (() => void)[] = [];
  let closed = false;
  const removeAll = () => {
    closed = true;
    for (const child of servants.splice(0)) child.kill('SIGKILL');
    for (const work of closers.splice(0)) work();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', removeAll);
  return {
    folder,
    start(name, command, args, env = process.env) {
      if (closed) throw new Obstacle(`${name} is not started: the demo is ending.`);
      const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      servants.push(child);
      let said = '';
      let failed = false;
      const keep = (data: Buffer) => (said = (said + data.toString()).slice(-keptCharacters));
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      child.once('error', (error) => {
        failed = true;
        said += `${error.message}\n`;
      });
      return {
        name,
        child,
        said: () => said,
        get ended() {
          return failed || isOver(child);
        },
      };
    },
    onClose(work) {
      closers.push(work);
    },
    async close() {
      closed = true;
      for (const child of servants.toReversed()) await endGently(child);
      removeAll();
      process.removeListener('exit', removeAll);
    },
  };
}

async function endGently(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || isOver(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timeOut = new AbortController();
  await Promise.race([gone, pause(graceMs, undefined, timeOut).catch(() => undefined)]);
  timeOut.abort();
  if (isOver(child)) return;
  child.kill('SIGKILL');
  await gone;
}

const isOver = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/**
 * Asks every 50 ms until there is an answer.
 * @throws Obstacle with the last lines of the servant when it ends or `timeoutMs` passes
 */
export async function untilReady<T>(
  servant: Servant,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs: number,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (servant.ended || performance.now() > end) {
      throw new Obstacle(
        `${servant.name} ${servant.ended ? 'ended' : 'is not ready after ' + String(timeoutMs / 1000) + ' s'}: ` +
          `${hintFor(servant.said())}Its last lines:\n${lastLines(servant.said(), 8)}`,
      );
    }
    await pause(50);
  }
}

function hintFor(said: string): string {
  if (/address already in use|EADDRINUSE|port.*in use|bind/i.test(said)) {
    return 'another program took its port meanwhile, so run the demo again. ';
  }
  if (/No space left|ENOSPC/i.test(said)) {
    return 'the disk is full, so free some space or point TMPDIR elsewhere. ';
  }
  return '';
}

function lastLines(text: string, count: number): string {
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${line}`).join('\n');
}

/** Ports on loopback that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Obstacle('no port is free.');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
