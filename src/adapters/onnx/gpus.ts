import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Gpu {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly driver: string;
}

const patienceMs = 5_000;

/** What the driver's own tool says; undefined where there is none, or it fails or hangs. */
export async function findGpus(): Promise<readonly Gpu[] | undefined> {
  const query = ['--query-gpu=index,uuid,driver_version,name', '--format=csv,noheader'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, {
      timeout: patienceMs,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024,
    });
    return visibleGpus(parseGpus(stdout), process.env['CUDA_VISIBLE_DEVICES']);
  } catch {
    return undefined;
  }
}

/** Lines of `index, uuid, driver, name`; what reads otherwise is no GPU. */
export function parseGpus(csv: string): readonly Gpu[] {
  return csv.split('\n').flatMap((line) => {
    const [index = '', uuid, driver, ...name] = line.split(',').map((cell) => cell.trim());
    if (!/^\d+$/.test(index) || !uuid || !driver || name.length === 0) return [];
    return [{ index: Number(index), uuid, driver, name: name.join(', ') }];
  });
}

/**
 * GPUs in the order in which CUDA numbers them for this process, which the operator may have narrowed.
 * @param list CUDA_VISIBLE_DEVICES: numbers or starts of UUIDs; what follows a wrong one is not seen
 */
export function visibleGpus(all: readonly Gpu[], list: string | undefined): readonly Gpu[] {
  if (list === undefined) return all;
  const visible: Gpu[] = [];
  for (const wanted of list.split(',').map((each) => each.trim())) {
    const found = all.find(
      ({ index, uuid }) => wanted !== '' && (String(index) === wanted || uuid.startsWith(wanted)),
    );
    if (found === undefined) break;
    visible.push(found);
  }
  return visible;
}
