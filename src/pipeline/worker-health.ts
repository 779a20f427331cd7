import type { ServiceStatus } from '../http/api.js';

/** How a worker is. `degraded`: it can do nothing now, and goes on by itself when what is away is back. */
export interface WorkerState {
  readonly state: ServiceStatus['state'];
  /** Fixed sentences: whoever may probe the health learns no address. */
  readonly reasons: readonly string[];
  readonly models: boolean;
  readonly queue: boolean;
  readonly orthanc: boolean;
}

export interface WorkerFacts {
  /** The networks are loaded and answered their golden picture. */
  readonly models: boolean;
  /** Undefined until it was first tried. */
  readonly queue: boolean | undefined;
  /** Undefined until it was first asked. */
  readonly orthanc: boolean | undefined;
  /** CUDA gave way to the CPU, as it was allowed to. */
  readonly fallback?: boolean;
}

/** Ready is who could colour an image now. */
export function workerState({ models, queue, orthanc, fallback }: WorkerFacts): WorkerState {
  const away = [
    ...(models ? [] : ['the networks are being loaded']),
    ...(queue === true ? [] : ['the broker is not connected']),
    ...(orthanc === true ? [] : ['Orthanc does not answer']),
  ];
  const starting = !models || queue === undefined || orthanc === undefined;
  const state = starting ? 'starting' : away.length > 0 ? 'degraded' : 'ready';
  // Slower, but it works.
  const reasons = fallback === true ? [...away, 'the CPU computes instead of CUDA'] : away;
  return { state, reasons, models, queue: queue === true, orthanc: orthanc === true };
}
