/** What is measured at the moment of a scrape: the state, not what happened. Each is one line of a dashboard. */
import type { InferenceProvenance } from '../domain/hardware.js';
import type { DailyBalance, DestinationStatus, ServiceStatus } from '../http/api.js';
import type { QueueDepth } from '../ports/queue.js';
import type { Reading, Sample } from '../ports/telemetry.js';
import { softwareVersion } from '../version.js';
import type { WorkerState } from './worker-health.js';

export interface ServiceFacts {
  readonly status: () => Promise<ServiceStatus>;
  /** @throws while the queue is away */
  readonly depth: () => Promise<QueueDepth>;
  /** When the oldest image arrived that still waits; undefined when none does. */
  readonly oldestWaiting: () => Date | undefined;
  /** Absent where other processes do the work. */
  readonly provenance?: InferenceProvenance;
  readonly freeBytes: () => number;
}

const states = ['starting', 'ready', 'degraded'] as const;

export async function serviceReadings(facts: ServiceFacts): Promise<readonly Reading[]> {
  const { state, orthanc, rules, balance, daily, destinations } = await facts.status();
  const depth = await facts.depth().catch(() => undefined);
  const oldest = facts.oldestWaiting();
  return [
    ...commonReadings(state, orthanc.reachable, depth !== undefined, facts.provenance),
    {
      name: 'queue_jobs',
      help: 'Jobs in the queue, by place; dead letters among them. None while the queue is away.',
      samples: depth ? labelled('place', { ...depth }) : [],
    },
    {
      name: 'images',
      help: 'Rows of the ledger, by state; undecided arrivals beside them. Their sum arrived.',
      samples: labelled('state', { ...balance }),
    },
    ...dailyReadings(daily),
    ...destinationReadings(destinations),
    {
      name: 'oldest_waiting_seconds',
      help: 'Age of the oldest image that waits for a decision or for its colour; 0 when none does.',
      samples: [{ value: oldest ? Math.max(0, (Date.now() - oldest.getTime()) / 1000) : 0 }],
    },
    {
      name: 'rules_info',
      help: 'Version of the rules in force.',
      samples: [{ value: 1, labels: { version: rules.version } }],
    },
    {
      name: 'rules_fault',
      help: '1 while the rules file was edited and does not validate.',
      samples: [{ value: rules.fault === undefined ? 0 : 1 }],
    },
    {
      name: 'data_free_bytes',
      help: 'Free bytes on the disk of the ledger.',
      samples: [{ value: facts.freeBytes() }],
    },
  ];
}

/** None of a sweep before the first. */
function dailyReadings({
  stored,
  skipped,
  failed,
  pending,
  missing,
  sweptAt,
}: DailyBalance): readonly Reading[] {
  return [
    {
      name: 'daily_images',
      help: 'Rows of the last 24 hours, by state. Their sum arrived.',
      samples: labelled('state', { stored, skipped, failed, pending }),
    },
    {
      name: 'missing_images',
      help: 'Images that the last sweep found in the archive and not in the ledger.',
      samples: missing === undefined ? [] : [{ value: missing }],
    },
    {
      name: 'last_sweep_timestamp_seconds',
      help: 'When the last sweep ended, in seconds since 1970.',
      samples: sweptAt === undefined ? [] : [{ value: sweptAt.getTime() / 1000 }],
    },
  ];
}

/** By destination; none without destinations. */
function destinationReadings(destinations: ServiceStatus['destinations']): readonly Reading[] {
  const now = Date.now();
  const each = (value: (of: DestinationStatus) => number): readonly Sample[] =>
    destinations.map((of) => ({ value: value(of), labels: { destination: of.destination } }));
  return [
    {
      name: 'destination_reachable',
      help: '1 while colour series can be sent to this destination.',
      samples: each(({ kind, fault }) => (kind !== undefined && fault === undefined ? 1 : 0)),
    },
    {
      name: 'forwards_pending',
      help: 'Colour images that wait for this destination.',
      samples: each(({ pending }) => pending),
    },
    {
      name: 'forwards_failed',
      help: 'Colour images that were given up for this destination, until somebody retries them.',
      samples: each(({ failed }) => failed),
    },
    {
      name: 'forwards_oldest_seconds',
      help: 'How long the oldest colour image waits for this destination; 0 when none does.',
      samples: each(({ oldest }) => (oldest ? Math.max(0, (now - oldest.getTime()) / 1000) : 0)),
    },
  ];
}

export function workerReadings(
  { state, orthanc, queue, models }: WorkerState,
  provenance: InferenceProvenance | undefined,
): readonly Reading[] {
  return [
    ...commonReadings(state, orthanc, queue, provenance),
    {
      name: 'models_warm',
      help: '1 once the networks are loaded and answer their golden picture.',
      samples: [{ value: models ? 1 : 0 }],
    },
  ];
}

function commonReadings(
  state: ServiceStatus['state'],
  orthanc: boolean,
  queue: boolean,
  provenance: InferenceProvenance | undefined,
): readonly Reading[] {
  return [
    {
      name: 'build_info',
      help: 'Version of this software.',
      samples: [{ value: 1, labels: { version: softwareVersion } }],
    },
    {
      name: 'state',
      help: '1 for the state that the process is in.',
      samples: states.map((each) => ({ value: each === state ? 1 : 0, labels: { state: each } })),
    },
    {
      name: 'orthanc_reachable',
      help: '1 while Orthanc answers this process.',
      samples: [{ value: orthanc ? 1 : 0 }],
    },
    {
      name: 'queue_reachable',
      help: '1 while the queue, or its broker, answers this process.',
      samples: [{ value: queue ? 1 : 0 }],
    },
    {
      name: 'inference_info',
      help: 'Hardware and runtime of the networks of this process; fallback_from is empty but for a fallback.',
      samples: provenance ? [{ value: 1, labels: inferenceLabels(provenance) }] : [],
    },
  ];
}

function inferenceLabels(provenance: InferenceProvenance): Sample['labels'] & object {
  const { provider, runtime, device, fallback } = provenance;
  return {
    provider,
    runtime,
    device: device?.name ?? '',
    driver: device?.driver ?? '',
    fallback_from: fallback?.from ?? '',
  };
}

function labelled(label: string, values: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(values).map(([name, value]) => ({
    value,
    labels: { [label]: name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) },
  }));
}
