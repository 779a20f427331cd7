/** On what it was measured, in words that do not name anybody's computer. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly processor: string;
  /** Load of the last minute before the first measurement, and after the last. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly node: string;
  readonly orthanc: string;
}

export function describeMachine(loadBefore: number, orthanc: string): Machine {
  return {
    cores: availableParallelism(),
    memoryGiB: Math.ceil(totalmem() / 2 ** 30),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    loadBefore,
    loadAfter: load(),
    node: process.version,
    orthanc,
  };
}

export const load = () => Math.round((loadavg()[0] ?? 0) * 10) / 10;

/** Versions of what the peers stand on, as far as it is installed: a check goes without scikit-image. */
export function peerVersions(): string {
  const script = `
from importlib import import_module, util
names = {"pydicom": "pydicom", "numpy": "numpy", "cv2": "OpenCV", "skimage": "scikit-image"}
print(", ".join(f"{name} {import_module(module).__version__}" for module, name in names.items() if util.find_spec(module)))`;
  return execFileSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8' }).trim();
}
