import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ColouriseError } from '../../domain/errors.js';
import type { InstalledModel } from '../../models/registry.js';
import { arrived, type Crossing } from '../threads/crossing.js';
import type { ModelTask } from './inference-worker.js';

/**
 * Holds a model against its golden picture in a process of its own, which is killed when it takes too long. It computes
 * on the CPU, where golden outputs come from; the provider that is configured has its gate at start.
 * @throws `MODEL_INVALID`, `MODEL_FAILED`, `MODEL_REFUSED` when it does not answer
 */
export async function checkModel(
  model: InstalledModel,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const program = fileURLToPath(new URL('./golden-check.js', import.meta.url));
  const options = {
    provider: 'cpu',
    device: 0,
    threads: 1,
    batch: 1,
    maxRunMs: timeoutMs,
  } as const;
  const task: ModelTask = { model, options };
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(task)], {
    cwd: tmpdir(),
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 20,
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    throw new ColouriseError(
      'MODEL_REFUSED',
      `${model.manifest.name} did not answer its golden picture within ${timeoutMs} ms, or its process died`,
      { cause },
    );
  });
  arrived(JSON.parse(stdout) as Crossing<null>);
}
