import { statfsSync } from 'node:fs';
import type { Logger } from 'pino';
import { checkModel } from '../adapters/onnx/check-model.js';
import { createMetrics } from '../adapters/prometheus/metrics.js';
import { verifyTrail } from '../adapters/audit-chain.js';
import { StateDatabase } from '../adapters/sqlite/database.js';
import { SqliteAudit } from '../adapters/sqlite/sqlite-audit.js';
import { SqliteLedger } from '../adapters/sqlite/sqlite-ledger.js';
import { SqliteLedgerReader } from '../adapters/sqlite/sqlite-ledger-reader.js';
import { SqliteShadowBook } from '../adapters/sqlite/sqlite-shadow-book.js';
import { SqliteRulesHistory } from '../adapters/sqlite/sqlite-rules-history.js';
import { openSqliteQueue } from '../adapters/sqlite/sqlite-queue.js';
import type { Settings } from '../config/load-settings.js';
import { shownSettings } from '../config/shown-settings.js';
import { ColouriseError } from '../domain/errors.js';
import type { HttpDependencies } from '../http/server.js';
import type { InstalledModel } from '../models/registry.js';
import { observedLedger, observedQueue } from '../pipeline/observed.js';
import { createLooks } from '../pipeline/looks.js';
import { createPreview } from '../pipeline/preview.js';
import { type ServiceFacts, serviceReadings } from '../pipeline/readings.js';
import { watchLostJobs } from '../pipeline/lost-jobs.js';
import { startRetention } from '../pipeline/retention.js';
import type { RouteTools } from '../pipeline/route-arrival.js';
import { startService } from '../pipeline/service.js';
import { createChangeSignal } from '../pipeline/signal.js';
import { createStatus } from '../pipeline/status.js';
import { triggerImages } from '../pipeline/trigger.js';
import type { Queue } from '../ports/queue.js';
import {
  openBroker,
  openBrokerShadows,
  openPacs,
  openTraces,
  queueOptions,
  watchOrthanc,
} from './connections.js';
import { createModelDesk } from './model-desk.js';
import { openForwarding } from './forwarding.js';
import { startAuditSyslog } from './audit-syslog.js';
import { openIdentity } from './identity.js';
import { openNotifying } from './notify.js';
import { createRehearsal } from './rehearsal.js';
import { openRules } from './rules.js';
import { startTasks } from './tasks.js';
import {
  followModels,
  gateOf,
  jobTools,
  openColourTools,
  openMemory,
  openShadows,
} from './tools.js';

/** How long a model may take to load and to answer its golden picture before it is activated. */
const checkMs = 120_000;

/** After repeated faults a loop looks again at least this often. */
const longestBackOffMs = 15_000;

export interface RunningService {
  /** What the console and the API ask of it. */
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
  const changed = createChangeSignal();
  const history = new SqliteRulesHistory(database, now);
  const audit = new SqliteAudit(database, now);
  const rules = await openRules(settings, { history, audit, log }, () => {
    changed.fire();
  });
  const metrics = createMetrics();
  const tracing = await openTraces(settings, 'serve', log);
  const observers = { telemetry: metrics.telemetry, tracing };
  const memory = openMemory(settings);
  const tools = await openColourTools(settings, {
    ...settings.workers,
    memory,
    ...(distant ? {} : { gate: gateOf(settings) }),
    telemetry: metrics.telemetry,
    log,
  });
  tools.registry.get(settings.models.default);
  followModels(tools, settings, !distant, log);
  const ledger = observedLedger(new SqliteLedger(database, now), observers);
  const shadowBook = new SqliteShadowBook(database, now);
  const shadows = openShadows(tools, settings, shadowBook, metrics.telemetry, log);
  const broker = distant ? openBroker(settings, log) : undefined;
  const shadowsElsewhere = distant
    ? openBrokerShadows(settings, log, (result) => {
        shadowBook.record(result);
      })
    : undefined;
  const queue: Queue = observedQueue(
    broker ?? openSqliteQueue(database, { ...queueOptions(settings, log), now }),
    observers,
    (jobId) => reader.image(jobId)?.arrivedAt,
  );

  const orthanc = openPacs(settings, memory);
  const watch = watchOrthanc(orthanc, settings, log);
  const pacs = watch.archive;
  const route: RouteTools = {
    feed: pacs,
    pacs,
    ledger,
    registry: tools.registry,
    rules: () => rules.current(),
    defaultModel: settings.models.default,
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
      ...(distant ? {} : { jobs: jobTools(tools, pacs, shadows) }),
      watch,
      ledger,
      queue,
      changed,
      log,
    },
    {
      pollMs: settings.intake.pollMs,
      maxBackOffMs: longestBackOffMs,
      concurrency: tools.capacity.deliveries,
    },
  );
  const forwarding = openForwarding(settings, {
    database,
    archive: pacs,
    watch,
    audit,
    telemetry: metrics.telemetry,
    changed,
    now,
    log,
  });
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
  const auditSyslog = startAuditSyslog(settings, audit, log);
  const retention = startRetention(ledger, settings.retention.days, now, log);
  const status = createStatus({
    orthancUrl: settings.orthanc.url,
    defaultModel: settings.models.default,
    startedAt: now(),
    registry: tools.registry,
    provider: settings.inference.provider,
    ...(distant ? {} : { networks: tools.networks }),
    service,
    reader,
    queue,
    rules: () => ({
      version: rules.current().version,
      file: rules.file(),
      fault: rules.fault,
    }),
    destinations: () => forwarding.destinations(),
    probe: () => orthanc.probe(),
  });
  /** The networks of the jobs have those of the gate ready. */
  const isLoaded = ({ weightsFile }: InstalledModel) =>
    !distant && gateOf(settings)(tools.registry).some((one) => one.weightsFile === weightsFile);
  const identity = await openIdentity(settings, database, now);
  const notifying = openNotifying(settings, {
    status,
    lastSettledAt: () => service.lastSettledAt(),
    telemetry: metrics.telemetry,
    log,
  });
  const facts: ServiceFacts = {
    status,
    depth: () => queue.depth(),
    oldestWaiting: () => reader.oldestWaiting(),
    ...(distant ? {} : { provenance: tools.networks.provenance }),
    freeBytes: () => freeBytes(settings.data.folder),
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
      rules: rules.desk,
      rehearse: createRehearsal(settings, {
        archive: pacs,
        registry: tools.registry,
        live: () => rules.current(),
        measured: () => reader.measured(),
      }),
      tasks: running.tasks,
      audit,
      patients: orthanc,
      retryForwards: (filter) => forwarding.retry(filter),
      models: createModelDesk(settings, {
        registry: tools.registry,
        rules: () => rules.current(),
        book: shadowBook,
        check: (model) => (distant ? checkModel(model, checkMs) : tools.networks.warm(model)),
      }),
      looks: createLooks({
        reader,
        pacs,
        pictures: tools.pictures,
        registry: tools.registry,
        networksOf: (model) => (isLoaded(model) ? tools.networks : tools.side),
      }),
      verifyAudit: () => verifyTrail(audit),
      ...identity,
      settings: () => shownSettings(settings),
      now,
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
      await auditSyslog.stop();
      retention.stop();
      lostJobs?.stop();
      const silent = notifying.stop();
      const forwarded = forwarding.stop();
      // What a task has in hand may hang at a silent archive: it ends with the connections.
      const tasksEnded = running.stop();
      rules.close();
      shadows.stop();
      await service.stop(graceMs, async () => {
        orthanc.close();
        forwarding.hangUp();
        await Promise.all([queue.close(), shadowsElsewhere?.close()]);
      });
      await Promise.all([forwarded, silent]);
      await tasksEnded;
      await tracing?.close();
      await tools.close();
      database.close();
    },
  };
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
