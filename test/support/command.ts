import { once } from 'node:events';
import { join } from 'node:path';
import { startChild } from './process.js';

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was printed as one JSON document; undefined when it is none. */
  readonly json: unknown;
}

/** Runs `bin/colouriser` to its end. */
export async function runCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<CommandResult> {
  const child = startChild(join(process.cwd(), 'bin/colouriser'), args, { env });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  await once(child, 'close');
  return { exitCode: child.exitCode, stdout, stderr, json: parsed(stdout) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
