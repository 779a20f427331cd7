/** Everything that turns bytes into a coloured picture: enough to colour a file. */
import { availableParallelism, hostname } from 'node:os';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { openNetworks, openSideNetworks } from '../adapters/onnx/open-networks.js';
import { SharedMemory } from '../adapters/shared-memory.js';
import { createPicturePool } from '../adapters/threads/picture-pool.js';
import type { Settings } from '../config/load-settings.js';
import { deriveDeviceUid } from '../dicom/derived-uids.js';
import { type Capacity, capacityOf } from '../domain/capacity.js';
import { ColouriseError } from '../domain/errors.js';
import { type LiveRegistry, openLiveRegistry } from '../models/live-registry.js';
import type { InstalledModel, Registry } from '../models/registry.js';
import type { ColourTools } from '../pipeline/colour-picture.js';
import type { JobTools } from '../pipeline/process-job.js';
import type { Networks } from '../ports/networks.js';
import type { Pacs } from '../ports/pacs.js';
import { createShadows, type Shadows } from '../pipeline/shadows.js';
import type { ShadowSink } from '../ports/shadow-book.js';
import type { Telemetry } from '../ports/telemetry.js';
import { softwareVersion } from '../version.js';

export interface OpenTools extends ColourTools {
  readonly registry: LiveRegistry;
  readonly capacity: Capacity;
  /** For what no patient's picture waits for: shadows, and pictures drawn on demand. */
  readonly side: Networks;
  /** Resolves if the networks' hardware stops to work: only a new process can mend that. */
  readonly failed: Promise<ColouriseError>;
  close(): Promise<void>;
}

export interface ToolOptions {
  /** Images in work at once; left out, as many as suit the hardware. */
  readonly concurrency?: number | undefined;
  /** Networks that must pass the boot gate, while threads for pictures warm up; only there a fallback is possible. */
  readonly gate?: (registry: Registry) => readonly InstalledModel[];
  readonly telemetry?: Telemetry;
  readonly log?: Logger;
  /** What pictures lie on, if files that are retrieved do too. */
  readonly memory?: SharedMemory;
}

/** The file, its displayed grey, and two bands of colour. */
const blocksOfJob = 4;

/** Memory for all images that are in work at once. */
export function openMemory({ inference, workers }: Settings): SharedMemory {
  const { jobs } = capacityOf({ ...inference, ...workers }, availableParallelism());
  return new SharedMemory(blocksOfJob * jobs);
}

/**
 * Everything that turns bytes into a coloured picture.
 * @throws `MODEL_INVALID`, `MODEL_NOT_FOUND`; `PROVIDER_UNAVAILABLE` at the gate
 */
export async function openColourTools(
  { models, inference, limits }: Settings,
  { concurrency, gate, telemetry, log, memory }: ToolOptions = {},
): Promise<OpenTools> {
  const registry = await openLiveRegistry(models.folder, models.installed);
  const wanted = { ...inference, concurrency };
  const { pictureThreads, jobs } = capacityOf(wanted, availableParallelism());
  const pictures = createPicturePool({
    threads: pictureThreads,
    memory: memory ?? new SharedMemory(blocksOfJob * jobs),
    maxPixels: limits.maxPixels,
    decodeTimeoutMs: limits.decodeTimeoutMs,
  });
  let fail: (fault: ColouriseError) => void = () => undefined;
  const failed = new Promise<ColouriseError>((resolve) => (fail = resolve));
  const events = {
    onFallback: ({ code, message }: ColouriseError) =>
      log?.warn({ code }, `inference runs on cpu instead: ${message}`),
    onLost: fail,
    ...(telemetry && { onRun: telemetry.inferred }),
  };
  try {
    const [{ networks, capacity }] = await Promise.all([
      openNetworks(wanted, gate?.(registry) ?? [], events),
      gate && pictures.warm(),
    ]);
    const side = openSideNetworks(wanted, networks.provenance.provider);
    const close = async () => {
      registry.close();
      await Promise.all([networks.close(), side.close(), pictures.close()]);
    };
    return { registry, networks, side, pictures, capacity, failed, close };
  } catch (thrown) {
    await pictures.close();
    throw thrown;
  }
}

/** A network that does not answer its golden picture must not see a patient's, nor a patient wait for a cold start. */
export function gateOf({ models }: Settings): (registry: Registry) => readonly InstalledModel[] {
  return (registry) => [...new Set([registry.get(models.default), registry.recogniser()])];
}

/** Somebody who activates a version does not want to wait, and reading a few manifests costs nothing. */
const registryPollMs = 5_000;

/**
 * From now on the process sees what is installed, activated or barred.
 * @param loads whether it runs the networks of jobs itself: then what becomes active answers its golden picture first
 */
export function followModels(
  { registry, networks }: OpenTools,
  settings: Settings,
  loads: boolean,
  log: Logger,
): void {
  registry.follow({
    pollMs: registryPollMs,
    async admit(next, before) {
      const known = gateOf(settings)(before);
      for (const model of loads ? gateOf(settings)(next) : []) {
        const isKnown = known.some((one) => one.weightsFile === model.weightsFile);
        if (!isKnown) await networks.warm(model);
      }
    },
    onChange: ({ entries }) => {
      const active = entries
        .filter(({ state }) => state === 'active')
        .map(({ model: { manifest } }) => `${manifest.name}@${manifest.version}`);
      log.info({ active }, 'the models have changed');
    },
    onFault: ({ code, message }) => {
      log.error({ code }, `the changed models are not taken: ${message}`);
    },
  });
}

/** Each holds a displayed picture in memory. */
const mostInShadow = 4;
/** Longer than it takes to fetch the next image. */
const shadowLullMs = 250;
/** Loading a network on a busy machine takes seconds. */
const shadowTimeoutMs = 60_000;

/** @param sink where results go */
export function openShadows(
  tools: OpenTools,
  { models }: Settings,
  sink: ShadowSink,
  telemetry: Telemetry,
  log: Logger,
): Shadows {
  const { registry, side: networks, pictures } = tools;
  return createShadows(
    { registry, networks, pictures, sink, telemetry, log, nowMs: () => performance.now() },
    {
      perMinute: models.shadowsPerMinute,
      mostWaiting: mostInShadow,
      lullMs: shadowLullMs,
      timeoutMs: shadowTimeoutMs,
    },
  );
}

export function jobTools(tools: OpenTools, pacs: Pacs, shadows: Shadows): JobTools {
  const StationName = hostname();
  const DeviceUID = deriveDeviceUid(StationName);
  const equipment = { softwareVersion, DeviceUID, StationName };
  // All but one, which is drawn and sent meanwhile: files are the largest of what an image lies on.
  const { jobs } = tools.capacity;
  const reading = pLimit(Math.max(1, jobs - 1));
  return {
    ...tools,
    shadows,
    pacs,
    holding: pLimit(jobs),
    reading,
    now: () => new Date(),
    equipment,
  };
}
