import { asColouriseError } from '../domain/errors.js';
import type { ServiceStatus } from '../http/api.js';
import type { LedgerReader } from '../ports/ledger.js';
import type { Queue, QueueDepth } from '../ports/queue.js';
import { softwareVersion } from '../version.js';
import type { ColourTools } from './colour-picture.js';
import type { Service } from './service.js';

export interface StatusTools {
  readonly orthancUrl: string;
  readonly rulesFile: string;
  readonly defaultModel: string;
  readonly startedAt: Date;
  readonly tools: ColourTools;
  readonly service: Service;
  readonly reader: LedgerReader;
  readonly queue: Queue;
  readonly rules: () => { readonly version: string; readonly fault: string | undefined };
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
    const { registry, networks } = from.tools;
    const { following, reasons } = from.service.health();
    const { version, fault } = from.rules();
    if (following === 'well' && orthancVersion === undefined) learnVersion();
    const queueFault = await learnDepth();
    const faults = [
      ...reasons,
      ...(fault === undefined ? [] : [`rules: ${fault}`]),
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
      models: registry.models.map(({ manifest }) => ({
        name: manifest.name,
        version: manifest.version,
        sha256: manifest.weights.sha256,
        kind: manifest.outputs.kind,
        licence: manifest.licence,
        default: manifest.name === from.defaultModel,
      })),
      provider: networks.provenance.provider,
      rules: { version, file: from.rulesFile, ...(fault === undefined ? {} : { fault }) },
      balance: from.reader.balance(),
    };
  };
}
