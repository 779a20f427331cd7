import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findGpus, type Gpu } from './gpus.js';

/** What was looked up after CUDA did not work. */
export interface CudaFindings {
  /** linux/x64 is all that the provider is made for. */
  readonly platform: string;
  /** Where the runtime looks for its provider. */
  readonly folder: string;
  /** Files of the provider that are not there. */
  readonly absentFiles: readonly string[];
  /** Libraries that the provider needs and the loader does not find. */
  readonly absentLibraries: readonly string[];
  /** Undefined where the driver's tool could not be asked. */
  readonly gpus: readonly Gpu[] | undefined;
}

export const cudaFiles = [
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_cuda.so',
] as const;

const patienceMs = 10_000;

/** Says in one sentence why CUDA does not work here and what mends it: the runtime's own words do not. */
export async function diagnoseCuda(message: string, device: number): Promise<string> {
  return explainCuda(message, device, await lookAround());
}

async function lookAround(): Promise<CudaFindings> {
  const platform = `${process.platform}/${process.arch}`;
  const folder = providerFolder();
  const absentFiles = cudaFiles.filter((file) => !existsSync(join(folder, file)));
  const [absentLibraries, gpus] = await Promise.all([
    absentFiles.length > 0
      ? []
      : librariesNotFound(join(folder, 'libonnxruntime_providers_cuda.so')),
    findGpus(),
  ]);
  return { platform, folder, absentFiles, absentLibraries, gpus };
}

function providerFolder(): string {
  const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return join(root, 'bin/napi-v6', process.platform, process.arch);
}

async function librariesNotFound(file: string): Promise<readonly string[]> {
  const options = { timeout: patienceMs, killSignal: 'SIGKILL', maxBuffer: 1024 ** 2 } as const;
  const listed = await promisify(execFile)('ldd', [file], options).catch(() => ({ stdout: '' }));
  return [...listed.stdout.matchAll(/^\s*(\S+) => not found/gm)].map(([, name = '']) => name);
}

/** The first of the usual causes that fits, the surest first. */
export function explainCuda(message: string, device: number, found: CudaFindings): string {
  const { platform, folder, absentFiles, absentLibraries, gpus } = found;
  const [, failure, said = ''] = /CUDA failure (\d+): ([^;\n]+?) *(?:;|$)/m.exec(message) ?? [];
  if (platform !== 'linux/x64') return `CUDA needs Linux on x64, and this is ${platform}`;
  if (absentFiles.length > 0) {
    return `the CUDA provider is not installed: ${absentFiles.join(', ')} not in ${folder}; run \`npm run install-cuda\` in the checkout`;
  }
  if (absentLibraries.includes('libcuda.so.1')) {
    return 'no NVIDIA driver is to be found (libcuda.so.1): no GPU, or a container that was started without one';
  }
  if (absentLibraries.length > 0) {
    return `libraries of CUDA are missing: ${absentLibraries.join(', ')}; install them in just these versions, or name their folder in LD_LIBRARY_PATH`;
  }
  if (/cudnn/i.test(message)) {
    return `cuDNN is missing or does not fit: install cuDNN 9 for the CUDA that the provider uses (${firstLine(message)})`;
  }
  if (failure === '35')
    return `the NVIDIA driver is missing or older than the CUDA libraries: ${said}`;
  if (failure === '100' || gpus?.length === 0) {
    return 'no GPU is to be found: see `nvidia-smi`, CUDA_VISIBLE_DEVICES, and how the container was started';
  }
  if (failure === '101' || (gpus !== undefined && device >= gpus.length)) {
    const known = gpus?.map(({ name }, index) => `${index} is ${name}`).join(', ');
    return `there is no GPU ${device} (inference.device)${known ? `: ${known}` : ''}`;
  }
  return failure === undefined ? firstLine(message) : `CUDA failure ${failure}: ${said}`;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').trim().slice(0, 300);
}
