/**
 * The one place where adapters are built and joined.
 * `openColourTools` is enough to colour a file; `openService` is the whole of `serve`, `openWorker` of `work`.
 */
import { statfsSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import type { Logger } from 'pino';
import { openNetworks } from './adapters/onnx/open-networks.js';
import { createMetrics } from './adapters/prometheus/metrics.js';
import { createOrthancPacs, type OrthancPacs } from './adapters/orthanc/orthanc-pacs.js';
import { StateDatabase } from './adapters/sqlite/database.js';
import { SqliteLedger } from './adapters/sqlite/sqlite-ledger.js';
import { SqliteLedgerReader } from './adapters/sqlite/sqlite-ledger-reader.js';
import { openSqliteQueue } from './adapters/sqlite/sqlite-queue.js';
import { RabbitQueue } from './adapters/rabbitmq/rabbit-queue.js';
import { createPicturePool } from './adapters/threads/picture-pool.js';
import { startTasks } from './compose-tasks.js';
import type { Settings } from './config/load-settings.js';
import { watchRules } from './config/rules-watcher.js';
import { createRehearsal } from './compose-rehearsal.js';
import { deriveDeviceUid } from './dicom/derived-uids.js';
import { type Capacity, capacityOf } from './domain/capacity.js';
import { ColouriseError } from './domain/errors.js';
import { defaultRetryPolicy } from './domain/settle.js';
import type { Monitored } from './http/monitor.js';
import type { HttpDependencies } from './http/server.js';
import { type InstalledModel, openRegistry, type Registry } from './models/registry.js';
import { type ArchiveWatch, watchArchive } from './pipeline/archive-watch.js';
import type { ColourTools } from './pipeline/colour-picture.js';
import { observedLedger, observedQueue } from './pipeline/observed.js';
import { createPreview } from './pipeline/preview.js';
import type { JobTools } from './pipeline/process-job.js';
import { type ServiceFacts, serviceReadings, workerReadings } from './pipeline/readings.js';
import { watchLostJobs } from './pipeline/lost-jobs.js';
import { startRetention } from './pipeline/retention.js';
import type { RouteTools } from './pipeline/route-arrival.js';
import { startService } from './pipeline/service.js';
import { createChangeSignal } from './pipeline/signal.js';
import { createStatus } from './pipeline/status.js';
import { triggerImages } from './pipeline/trigger.js';
import { startWorker } from './pipeline/worker.js';
import { workerState } from './pipeline/worker-health.js';
import type { Pacs } from './ports/pacs.js';
import type { Consumer, Queue } from './ports/queue.js';
import type { Telemetry } from './ports/telemetry.js';
import type { Tracing } from './ports/tracing.js';
import { softwareVersion } from './version.js';

export interface OpenTools extends ColourTools {
  readonly capacity: Capacity;
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
}

/**
 * Everything that turns bytes into a coloured picture.
 * @throws `MODEL_INVALID`, `MODEL_NOT_FOUND`; `PROVIDER_UNAVAILABLE` at the gate
 */
export async function openColourTools(
  { models, inference, limits }: Settings,
  { concurrency, gate, telemetry, log }: ToolOptions = {},
): Promise<OpenTools> {
  const registry = await openRegistry(models.folder);
  const wanted = { ...inference, concurrency };
  const pictures = createPicturePool({
    threads: capacityOf(wanted, availableParallelism()).pictureThreads,
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
    const close = async () => {
      await Promise.all([networks.close(), pictures.close()]);
    };
    return { registry, networks, pictures, capacity, failed, close };
  } catch (thrown) {
    await pictures.close();
    throw thrown;
  }
}

export function openPacs({ orthanc, limits }: Settings): OrthancPacs {
  const { url, dicomWebRoot, username, password, caFile, timeoutMs } = orthanc;
  return createOrthancPacs({
    url,
    dicomWebRoot,
    timeoutMs,
    maxBytes: limits.maxBytes,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { caFile }),
  });
}

export interface RunningService {
  /** What the page and the API ask of it. */
  readonly http: HttpDependencies;
  /** Resolves with a fault that only a new process can mend. */
  readonly failed: Promise<ColouriseError>;
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts intake, decisions and queue over one data folder; with the embedded queue also the work.
 * @throws `CONFIG_INVALID`, `QUEUE_UNAVAILABLE` (another process holds the folder), `MODEL_INVALID`,
 * `PROVIDER_UNAVAILABLE`
 */
export async function openService(settings: Settings, log: Logger): Promise<RunningService> {
  // With a broker, workers elsewhere do the work: no network is loaded here.
  const distant = settings.queue.kind === 'rabbitmq';
  const database = StateDatabase.openForWriting(settings.data.folder, {
    outlivesPowerCuts: distant,
  });
  const now = () => new Date();
  const reader = new SqliteLedgerReader(database, now);
  let rulesFault: string | undefined;
  const rules = await watchRules(settings.rules.file, {
    onReload: ({ version }) => {
      rulesFault = undefined;
      log.info({ version }, 'new rules in force');
    },
    onFault: ({ code, message }) => {
      rulesFault = message;
      log.error({ code }, `the edited rules are not taken: ${message}`);
    },
  });
  const metrics = createMetrics();
  const tracing = await openTraces(settings, 'serve', log);
  const observers = { telemetry: metrics.telemetry, tracing };
  const tools = await openColourTools(settings, {
    ...settings.workers,
    ...(distant ? {} : { gate: gateOf(settings) }),
    telemetry: metrics.telemetry,
    log,
  });
  const defaultModel = tools.registry.get(settings.models.default);
  const ledger = observedLedger(new SqliteLedger(database, now), observers);
  const queue: Queue = observedQueue(
    distant
      ? openBroker(settings, log)
      : openSqliteQueue(database, { ...queueOptions(settings, log), now }),
    observers,
    (jobId) => reader.image(jobId)?.arrivedAt,
  );

  const orthanc = openPacs(settings);
  const watch = watchOrthanc(orthanc, settings, log);
  const pacs = watch.archive;
  const changed = createChangeSignal();
  const route: RouteTools = {
    feed: pacs,
    pacs,
    ledger,
    registry: tools.registry,
    rules: () => rules.current(),
    defaultModel: defaultModel.manifest.name,
    timeZone: settings.rules.timeZone,
    stablePollMs: settings.intake.stablePollMs,
    maxAttempts: settings.queue.maxAttempts,
    archiveIsAway: () => watch.fault !== undefined,
    now,
    log,
  };
  const service = await startService(
    {
      follow: {
        feed: pacs,
        pageSize: settings.intake.pageSize,
        undecided: () => reader.balance().undecided,
        maxUndecided: settings.intake.maxUndecided,
      },
      route,
      ...(distant ? {} : { jobs: jobTools(tools, pacs) }),
      watch,
      ledger,
      queue,
      changed,
      log,
    },
    {
      pollMs: settings.intake.pollMs,
      maxBackOffMs: longestBackOffMs,
      concurrency: tools.capacity.jobs,
    },
  );
  const lostJobs = distant ? watchLostJobs({ ledger, queue, now, log }) : undefined;
  const running = startTasks(settings, {
    database,
    reader,
    watch,
    route,
    wake: () => {
      service.wake();
      changed.fire();
    },
    changed: () => {
      changed.fire();
    },
  });
  const retention = startRetention(ledger, settings.retention.days, now, log);
  const status = createStatus({
    orthancUrl: settings.orthanc.url,
    rulesFile: settings.rules.file,
    defaultModel: defaultModel.manifest.name,
    startedAt: now(),
    registry: tools.registry,
    provider: settings.inference.provider,
    ...(distant ? {} : { networks: tools.networks }),
    service,
    reader,
    queue,
    rules: () => ({ version: rules.current().version, fault: rulesFault }),
    probe: () => orthanc.probe(),
  });
  const facts: ServiceFacts = {
    status,
    depth: () => queue.depth(),
    oldestWaiting: () => reader.oldestWaiting(),
    ...(distant ? {} : { provenance: tools.networks.provenance }),
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(settings.data.folder);
      return bavail * bsize;
    },
  };

  return {
    http: {
      ledger: reader,
      status,
      metrics: async () => metrics.expose(await serviceReadings(facts)),
      wake: () => {
        service.wake();
      },
      async trigger(request) {
        const result = await triggerImages(request, route);
        service.wake();
        changed.fire();
        return result;
      },
      rehearse: createRehearsal(settings, {
        archive: pacs,
        registry: tools.registry,
        live: () => rules.current(),
        measured: () => reader.measured(),
      }),
      tasks: running.tasks,
      preview: createPreview(reader, pacs, tools.pictures),
      async orthancIds(id) {
        const row = reader.image(id);
        const colourSeries = row?.output && (await orthanc.seriesId(row.output.SeriesInstanceUID));
        const study = row?.source?.studyOrthancId;
        return { ...(study ? { study } : {}), ...(colourSeries ? { colourSeries } : {}) };
      },
      events: changed,
    },
    failed: tools.failed,
    async stop(graceMs) {
      retention.stop();
      lostJobs?.stop();
      // What a task has in hand may hang at a silent archive: it ends with the connections.
      const tasksEnded = running.stop();
      rules.close();
      await service.stop(graceMs, async () => {
        orthanc.close();
        await queue.close();
      });
      await tasksEnded;
      await tracing?.close();
      await tools.close();
      database.close();
    },
  };
}

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
  const orthanc = openPacs(settings);
  const watch = watchOrthanc(orthanc, settings, log);
  const broker = openBroker(settings, log);
  const queue = observedQueue(broker, { telemetry: metrics.telemetry, tracing });
  let tools: OpenTools | undefined;
  let consumer: Consumer | undefined;
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
      tools = await openColourTools(settings, { ...settings.workers, gate, telemetry, log });
      const jobs = jobTools(tools, watch.archive);
      consumer = await startWorker(queue, jobs, watch, log, tools.capacity.jobs);
      return tools;
    },
    async stop(graceMs) {
      clearInterval(looking);
      watch.stop();
      await consumer?.close(graceMs);
      orthanc.close();
      await queue.close();
      await tracing?.close();
      await tools?.close();
    },
  };
}

/** @throws `CONFIG_INVALID` without an address */
export function openBroker(settings: Settings, log?: Logger): RabbitQueue {
  const { url, caFile } = settings.queue;
  if (url === undefined) throw new ColouriseError('CONFIG_INVALID', 'queue.url is missing');
  const trust = caFile === undefined ? {} : { caFile };
  return new RabbitQueue({ url, ...trust, ...queueOptions(settings, log) });
}

function queueOptions({ queue }: Settings, log: Logger | undefined) {
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
async function openTraces(
  { traces: { endpoint, token, sampleRatio } }: Settings,
  command: string,
  log: Logger,
): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { openTracing } = await import('./adapters/opentelemetry/tracing.js');
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

/** A network that does not answer its golden picture must not see a patient's, nor a patient wait for a cold start. */
function gateOf({ models }: Settings): (registry: Registry) => readonly InstalledModel[] {
  return (registry) => [...new Set([registry.get(models.default), registry.recogniser()])];
}

function jobTools(tools: OpenTools, pacs: Pacs): JobTools {
  const StationName = hostname();
  const DeviceUID = deriveDeviceUid(StationName);
  const equipment = { softwareVersion, DeviceUID, StationName };
  return { ...tools, pacs, now: () => new Date(), equipment };
}

function watchOrthanc(orthanc: OrthancPacs, { intake }: Settings, log: Logger): ArchiveWatch {
  const ask = () => orthanc.ask();
  return watchArchive(orthanc, {
    ask,
    firstPauseMs: intake.pollMs,
    longestPauseMs: longestSilenceMs,
    log,
  });
}

/** After repeated faults a loop looks again at least this often. */
const longestBackOffMs = 15_000;

/** An archive that is away is asked at least this often: once it is back it must not wait long. */
const longestSilenceMs = 10_000;
