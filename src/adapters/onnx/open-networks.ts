import { availableParallelism, cpus } from 'node:os';
import { type Capacity, capacityOf } from '../../domain/capacity.js';
import { asColouriseError, ColouriseError } from '../../domain/errors.js';
import type { Device, InferenceProvenance, Provider } from '../../domain/hardware.js';
import type { InstalledModel } from '../../models/registry.js';
import type { Networks } from '../../ports/networks.js';
import { diagnoseCuda } from './cuda-diagnosis.js';
import { findGpus } from './gpus.js';
import { createInferencePool } from './inference-pool.js';

export interface WantedNetworks {
  readonly provider: Provider;
  readonly device: number;
  readonly allowFallback: boolean;
  readonly sessions?: number | undefined;
  readonly threads: number;
  readonly batch?: number | undefined;
  readonly batchWaitMs: number;
  readonly maxRunMs?: number | undefined;
  /** Images in work at once. */
  readonly concurrency?: number | undefined;
}

export interface NetworkEvents {
  /** CUDA gave way to the CPU, as it was allowed to. */
  readonly onFallback: (fault: ColouriseError) => void;
  /** The hardware no longer computes what it did at start. */
  readonly onLost: (fault: ColouriseError) => void;
  readonly onRun?: (pictures: number, places: number) => void;
}

export interface OpenNetworks {
  readonly networks: Networks;
  /** Of the provider that works in the end. */
  readonly capacity: Capacity;
}

/**
 * Networks on the provider that was asked for, after all models of `gate` have passed.
 * @throws `PROVIDER_UNAVAILABLE` with what to mend, unless the fallback is allowed; `MODEL_INVALID`, `MODEL_NOT_FOUND`
 */
export async function openNetworks(
  wanted: WantedNetworks,
  gate: readonly InstalledModel[],
  events?: NetworkEvents,
): Promise<OpenNetworks> {
  try {
    return await openOn(wanted, gate, events);
  } catch (thrown) {
    const fault = asColouriseError(thrown);
    const mayFallBack = wanted.allowFallback && wanted.provider === 'cuda';
    if (!mayFallBack || fault.code !== 'PROVIDER_UNAVAILABLE') throw fault;
    events?.onFallback(fault);
    const { device, threads, allowFallback, batchWaitMs, concurrency } = wanted;
    // What was set for the GPU would not suit a processor.
    const onCpu = { device, threads, allowFallback, batchWaitMs, concurrency };
    return openOn({ ...onCpu, provider: 'cpu' }, gate, events, {
      from: wanted.provider,
      reason: fault.message,
    });
  }
}

/** A GPU answers in milliseconds; a processor that is busy with other work may take seconds. */
const longestRunMs = { cpu: 20_000, cuda: 500, webgpu: 500 } as const;

async function openOn(
  wanted: WantedNetworks,
  gate: readonly InstalledModel[],
  events: NetworkEvents | undefined,
  fallback?: InferenceProvenance['fallback'],
): Promise<OpenNetworks> {
  const { provider, threads, batchWaitMs } = wanted;
  const capacity = capacityOf(wanted, availableParallelism());
  const device = await deviceOf(wanted);
  const pool = createInferencePool({
    provider,
    device: wanted.device,
    threads,
    batchWaitMs,
    sessions: capacity.sessions,
    batch: capacity.batch,
    maxRunMs: wanted.maxRunMs ?? longestRunMs[provider],
    provenance: { ...(device && { device }), ...(fallback && { fallback }) },
    ...events,
  });
  const networks: Networks = {
    ...pool,
    warm: (model) => pool.warm(model).catch((thrown: unknown) => explain(thrown, wanted)),
  };
  try {
    for (const model of gate) await networks.warm(model);
    return { networks, capacity };
  } catch (thrown) {
    await networks.close();
    throw thrown;
  }
}

/**
 * One session beside those of the jobs, for what no patient's picture waits for: it neither fills their batches nor takes
 * them down with it. Its thread starts with its first picture.
 */
export function openSideNetworks(wanted: WantedNetworks, provider: Provider): Networks {
  // Two sessions of WebGPU would end the process.
  const own = provider === 'webgpu' ? 'cpu' : provider;
  return createInferencePool({
    provider: own,
    device: wanted.device,
    threads: wanted.threads,
    batchWaitMs: 0,
    sessions: 1,
    batch: 1,
    maxRunMs: wanted.maxRunMs ?? longestRunMs[own],
  });
}

async function explain(thrown: unknown, { provider, device }: WantedNetworks): Promise<never> {
  const fault = asColouriseError(thrown);
  if (provider !== 'cuda' || fault.code !== 'PROVIDER_UNAVAILABLE') throw fault;
  throw new ColouriseError(fault.code, await diagnoseCuda(fault.message, device), { cause: fault });
}

async function deviceOf({ provider, device: id }: WantedNetworks): Promise<Device | undefined> {
  switch (provider) {
    case 'cpu': {
      const name = cpus()[0]?.model.trim();
      return name ? { name } : undefined;
    }
    case 'cuda': {
      const gpu = (await findGpus())?.[id];
      return gpu && { id, name: gpu.name, driver: gpu.driver };
    }
    case 'webgpu':
      return undefined;
    default:
      return provider satisfies never;
  }
}
