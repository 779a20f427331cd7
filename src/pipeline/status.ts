import { asColouriseError } from '../domain/errors.js';
import type { DestinationStatus, InferenceFacts, ServiceStatus } from '../http/api.js';
import type { Provider } from '../domain/hardware.js';
import type { Registry } from '../models/registry.js';
import type { LedgerReader } from '../ports/ledger.js';
import type { Networks } from '../ports/networks.js';
import type { Queue, QueueDepth } from '../ports/queue.js';
import { softwareVersion } from '../version.js';
import { dailyBalance } from './daily-balance.js';
import type { Service } from './service.js';

export interface StatusTools {
  readonly orthancUrl: string;
  readonly defaultModel: string;
  readonly startedAt: Date;
  readonly registry: Registry;
  readonly provider: Provider;
  /** Absent where other processes do the work. */
  readonly networks?: Networks;
  readonly service: Service;
  readonly reader: LedgerReader;
  readonly queue: Queue;
  readonly rules: () => {
    readonly version: string;
    readonly file: string;
    readonly fault: string | undefined;
  };
  readonly destinations: () => readonly DestinationStatus[];
  readonly probe: () => Promise<{ readonly version: string }>;
}

/**
 * How the service is. Never waits for Orthanc: whether it answers is known from the intake,
 * which asks all the time, and a status that hangs with its archive would tell nothing.
 */
export function createStatus(from: StatusTools): () => Promise<ServiceStatus> {
  let orthancVersion: string | undefined;
  const learnVersion = () => {
    from.probe().then(
      ({ version }) => (orthancVersion = version),
      () => undefined,
    );
  };
  let depth: QueueDepth = { ready: 0, delayed: 0, inFlight: 0, dead: 0 };
  /** Why the depth is the last one known; undefined when it is that of now. */
  const learnDepth = async (): Promise<string | undefined> => {
    try {
      depth = await from.queue.depth();
      return undefined;
    } catch (thrown) {
      return `queue: ${asColouriseError(thrown).message}`;
    }
  };
  return async () => {
    const inference = from.networks && inferenceFacts(from.networks);
    const { manifest: defaultManifest } = from.registry.get(from.defaultModel);
    const { following, reasons } = from.service.health();
    const { version, file, fault } = from.rules();
    if (following === 'well' && orthancVersion === undefined) learnVersion();
    const queueFault = await learnDepth();
    const faults = [
      ...reasons,
      ...(fault === undefined ? [] : [`rules: ${fault}`]),
      ...(inference?.fallback === undefined ? [] : [fallbackReason(inference)]),
      ...(queueFault === undefined ? [] : [queueFault]),
    ];
    return {
      version: softwareVersion,
      startedAt: from.startedAt,
      state: following === 'starting' ? 'starting' : faults.length > 0 ? 'degraded' : 'ready',
      reasons: faults,
      orthanc: {
        url: from.orthancUrl,
        reachable: following === 'well',
        ...(orthancVersion === undefined ? {} : { version: orthancVersion }),
      },
      queue: depth,
      models: from.registry.models.map(({ manifest }) => ({
        name: manifest.name,
        version: manifest.version,
        title: manifest.title,
        meaning: manifest.meaning,
        sha256: manifest.weights.sha256,
        kind: manifest.outputs.kind,
        licence: manifest.licence,
        default: manifest === defaultManifest,
      })),
      provider: inference?.provider ?? from.provider,
      ...(inference && { inference }),
      rules: { version, file, ...(fault === undefined ? {} : { fault }) },
      balance: from.reader.balance(),
      daily: dailyBalance(from.reader, new Date()),
      destinations: from.destinations(),
    };
  };
}

/** Which hardware computes, and how much of it at once. */
export function inferenceFacts({ provenance, sessions }: Networks): InferenceFacts {
  return { ...provenance, sessions };
}

function fallbackReason({ provider, fallback }: InferenceFacts): string {
  return `inference runs on ${provider} instead of ${fallback?.from ?? ''}: ${fallback?.reason ?? ''}`;
}
