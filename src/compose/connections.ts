/** Whom the service and its workers talk to. */
import type { Logger } from 'pino';
import {
  createOrthancPacs,
  type OrthancOptions,
  type OrthancPacs,
} from '../adapters/orthanc/orthanc-pacs.js';
import type { BrokerOptions } from '../adapters/rabbitmq/broker-link.js';
import { RabbitQueue } from '../adapters/rabbitmq/rabbit-queue.js';
import { RabbitShadows } from '../adapters/rabbitmq/rabbit-shadows.js';
import type { SharedMemory } from '../adapters/shared-memory.js';
import type { Settings } from '../config/load-settings.js';
import { ColouriseError } from '../domain/errors.js';
import type { ShadowResult } from '../domain/shadow.js';
import { defaultRetryPolicy } from '../domain/settle.js';
import { type ArchiveWatch, watchArchive } from '../pipeline/archive-watch.js';
import type { Tracing } from '../ports/tracing.js';
import { softwareVersion } from '../version.js';

/** @param memory where retrieved files are put, for whoever gives it back */
export function openPacs(settings: Settings, memory?: SharedMemory): OrthancPacs {
  return createOrthancPacs({ ...orthancOptions(settings), ...(memory && { memory }) });
}

export function orthancOptions({ orthanc, limits }: Settings): OrthancOptions {
  const { url, dicomWebRoot, username, password, caFile, timeoutMs } = orthanc;
  return {
    url,
    dicomWebRoot,
    timeoutMs,
    maxBytes: limits.maxBytes,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { caFile }),
  };
}

/** @throws `CONFIG_INVALID` without an address */
export function openBroker(settings: Settings, log?: Logger): RabbitQueue {
  return new RabbitQueue({ ...brokerOf(settings), ...queueOptions(settings, log) });
}

/**
 * @param hear where the ledger is
 * @throws `CONFIG_INVALID` without an address
 */
export function openBrokerShadows(
  settings: Settings,
  log: Logger,
  hear?: (result: ShadowResult) => void,
): RabbitShadows {
  return new RabbitShadows({
    ...brokerOf(settings),
    ...(hear && { hear }),
    onError: ({ code, message }) => {
      log.warn({ code }, `what shadows come to is not recorded: ${message}`);
    },
  });
}

function brokerOf({ queue: { url, caFile } }: Settings): Pick<BrokerOptions, 'url' | 'caFile'> {
  if (url === undefined) throw new ColouriseError('CONFIG_INVALID', 'queue.url is missing');
  return { url, ...(caFile === undefined ? {} : { caFile }) };
}

export function queueOptions({ queue }: Settings, log: Logger | undefined) {
  const { maxAttempts, retryBaseMs, retryMaxMs } = queue;
  return {
    policy: {
      ...defaultRetryPolicy,
      maxAttempts,
      backOff: { baseMs: retryBaseMs, maxMs: retryMaxMs },
    },
    onError: ({ code, message }: ColouriseError) => {
      log?.error({ code }, message);
    },
  };
}

/** The SDK is loaded only where somebody wants traces. */
export async function openTraces(
  { traces: { endpoint, token, sampleRatio } }: Settings,
  command: string,
  log: Logger,
): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { openTracing } = await import('../adapters/opentelemetry/tracing.js');
  return openTracing({
    endpoint,
    sampleRatio,
    service: `colouriser-${command}`,
    version: softwareVersion,
    ...(token === undefined ? {} : { token }),
    onFault: (fault) => {
      if (fault === undefined) log.info('the collector takes traces again');
      else log.warn(`the collector takes no traces, they are dropped: ${fault}`);
    },
  });
}

/** Orthanc, and one judge of whether it is away. */
export function watchOrthanc(
  orthanc: OrthancPacs,
  { intake }: Settings,
  log: Logger,
): ArchiveWatch {
  const ask = () => orthanc.ask();
  return watchArchive(orthanc, {
    ask,
    firstPauseMs: intake.pollMs,
    longestPauseMs: longestSilenceMs,
    log,
  });
}

/** An archive that is away is asked at least this often: once it is back it must not wait long. */
export const longestSilenceMs = 10_000;
