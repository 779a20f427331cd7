import type { Logger } from 'pino';
import { createMetrics } from '../adapters/prometheus/metrics.js';
import type { Settings } from '../config/load-settings.js';
import type { Monitored } from '../http/monitor.js';
import { observedQueue } from '../pipeline/observed.js';
import { workerReadings } from '../pipeline/readings.js';
import { startWorker } from '../pipeline/worker.js';
import { workerState } from '../pipeline/worker-health.js';
import type { Shadows } from '../pipeline/shadows.js';
import type { Consumer } from '../ports/queue.js';
import {
  longestSilenceMs,
  openBroker,
  openBrokerShadows,
  openPacs,
  openTraces,
  watchOrthanc,
} from './connections.js';
import {
  followModels,
  gateOf,
  jobTools,
  type OpenTools,
  openColourTools,
  openMemory,
  openShadows,
} from './tools.js';

export interface RunningWorker {
  /** What is asked of it from outside, from now on. */
  readonly monitored: Monitored;
  /**
   * Loads the networks, then takes jobs. It waits for a broker that is away.
   * @throws `MODEL_INVALID`, `MODEL_NOT_FOUND`, `PROVIDER_UNAVAILABLE`
   */
  start(): Promise<Pick<OpenTools, 'networks' | 'failed'>>;
  stop(graceMs: number): Promise<void>;
}

/**
 * Opens a worker that is fed by a broker and keeps no state.
 * @throws `CONFIG_INVALID`
 */
export async function openWorker(settings: Settings, log: Logger): Promise<RunningWorker> {
  const metrics = createMetrics();
  const tracing = await openTraces(settings, 'work', log);
  const memory = openMemory(settings);
  const orthanc = openPacs(settings, memory);
  const watch = watchOrthanc(orthanc, settings, log);
  const broker = openBroker(settings, log);
  const shadowSink = openBrokerShadows(settings, log);
  const queue = observedQueue(broker, { telemetry: metrics.telemetry, tracing });
  let tools: OpenTools | undefined;
  let consumer: Consumer | undefined;
  let shadows: Shadows | undefined;
  let wasAsked = false;
  const look = () => void watch.look().finally(() => (wasAsked = true));
  look();
  // Nobody else asks while there is nothing to do.
  const looking = setInterval(look, longestSilenceMs);
  const state = () =>
    workerState({
      models: consumer !== undefined,
      queue: broker.isConnected,
      orthanc: wasAsked ? watch.fault === undefined : undefined,
      fallback: tools?.networks.provenance.fallback !== undefined,
    });
  return {
    monitored: {
      readiness: state,
      metrics: () => metrics.expose(workerReadings(state(), tools?.networks.provenance)),
    },
    async start() {
      const { telemetry } = metrics;
      const gate = gateOf(settings);
      tools = await openColourTools(settings, {
        ...settings.workers,
        gate,
        telemetry,
        log,
        memory,
      });
      followModels(tools, settings, true, log);
      shadows = openShadows(tools, settings, shadowSink, telemetry, log);
      const jobs = jobTools(tools, watch.archive, shadows);
      consumer = await startWorker(queue, jobs, watch, log, tools.capacity.deliveries);
      return tools;
    },
    async stop(graceMs) {
      clearInterval(looking);
      watch.stop();
      await consumer?.close(graceMs);
      shadows?.stop();
      orthanc.close();
      await Promise.all([queue.close(), shadowSink.close()]);
      await tracing?.close();
      await tools?.close();
    },
  };
}
