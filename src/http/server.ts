import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Rehearsal, RehearsalProgress } from '../domain/rehearsal.js';
import type { ForwardFilter } from '../ports/forwarding.js';
import type { Identity } from '../identity/identity.js';
import type { Passwords } from '../identity/passwords.js';
import type { Accounts } from '../ports/accounts.js';
import type { AuditTrail, AuditVerdict } from '../ports/audit.js';
import type { LedgerReader } from '../ports/ledger.js';
import type { Looks } from '../ports/looks.js';
import type { ModelDesk } from '../ports/model-desk.js';
import type { RulesDesk } from '../ports/rules-desk.js';
import type { PatientIndex } from '../ports/patients.js';
import type { Tasks } from '../ports/tasks.js';
import type { Exposition } from '../ports/telemetry.js';
import { activityRoutes } from './activity.js';
import { guardAccess, type AccessOptions } from './access.js';
import type { OrthancIds, ServiceStatus } from './api.js';
import { consoleRoutes } from './console.js';
import { eventRoute } from './events.js';
import { answerErrors, unknownRoute } from './failures.js';
import { commandRoutes } from './commands.js';
import { forwardRoutes } from './forwards.js';
import { imageRoutes } from './images.js';
import { lookRoutes } from './looks.js';
import { modelRoutes } from './models.js';
import { documentRoute } from './openapi.js';
import { patientRoutes } from './patients.js';
import { peopleRoutes } from './people.js';
import { rehearsalRoute } from './rehearsal.js';
import { createRouteAudit } from './route-audit.js';
import { mount, type Route } from './route.js';
import { rulesRoutes } from './rules.js';
import { serviceRoutes } from './service.js';
import { shared } from './shared.js';
import { providerRoutes, type ProviderDesk } from './provider-session.js';
import { sessionRoutes } from './session.js';
import { settingsRoute, type ShownSetting } from './shown-settings.js';
import { taskRoutes } from './tasks.js';
import { trailRoutes } from './trail.js';

/** What the HTTP side needs of the service. */
export interface HttpDependencies {
  readonly ledger: LedgerReader;
  /** Asked at most once a second, however many pages are open. */
  status(): Promise<ServiceStatus>;
  /** Looks for new images now instead of at the next poll. */
  wake(): void;
  /** Colours what stands in Orthanc already. @throws ColouriseError */
  trigger(request: TriggerRequest): Promise<{ readonly queued: number }>;
  /** Decides the archive's last days by other rules; stores and queues nothing. @throws ColouriseError */
  rehearse(request: RehearsalRequest): Promise<Rehearsal>;
  /** Models as administrators see them. */
  readonly models: ModelDesk;
  /** Images drawn by any model, without storing anything. */
  readonly looks: Looks;
  /** The rules file, and every text of it that came into force. */
  readonly rules: RulesDesk;
  /** Work on many images at once. */
  readonly tasks: Tasks;
  /** People, as only the archive knows them. */
  readonly patients: PatientIndex;
  /** Tries again what was given up for other servers; returns how many images. */
  retryForwards(filter: ForwardFilter): number;
  /** The displayed picture as PNG, at most `width` pixels wide; undefined when there is none. */
  preview(id: string, side: PreviewSide, width: number): Promise<Uint8Array | undefined>;
  /** Orthanc's ids for links; without it only the source instance is linked. */
  orthancIds?(id: string): Promise<OrthancIds | undefined>;
  /** Who did what. */
  readonly audit: AuditTrail;
  verifyAudit(): Promise<AuditVerdict>;
  /** Who somebody is. */
  readonly identity: Identity;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  /** Where else one may sign in. */
  readonly provider?: ProviderDesk;
  /** The settings in force, secrets hidden. */
  settings(): readonly ShownSetting[];
  now(): Date;
  /** What Prometheus scrapes. */
  metrics(): Promise<Exposition>;
  /** Calls back whenever a row or the state of the service changed. */
  readonly events: { subscribe(listener: () => void): () => void };
}

export interface TriggerRequest {
  readonly level: 'study' | 'series' | 'instance';
  readonly orthancId: string;
  readonly model?: string;
}

export interface RehearsalRequest {
  /** The text of a rules file. */
  readonly rules: string;
  readonly days: number;
  readonly limit: number;
  readonly explain?: string;
  readonly fresh: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RehearsalProgress) => void;
}

export interface ViewerAddresses {
  readonly ohifUrl?: string | undefined;
  readonly stoneUrl?: string | undefined;
}

export type PreviewSide = 'before' | 'after';

export interface AppOptions extends AccessOptions {
  /** The page is reached over TLS. */
  readonly secure?: boolean;
  /** Orthanc as browsers reach it; turns the links on. */
  readonly explorerUrl?: string;
  /** Other viewers as browsers reach them; each turns its links on. */
  readonly viewers?: ViewerAddresses;
  /** So many proxies in front say truly where a request comes from. */
  readonly trustedProxies?: number;
  readonly logger: Logger;
}

const eventOptions = { maxListeners: 32, throttleMs: 500, keepAliveMs: 20_000 };

/**
 * Every route there is: Express has no other, and the OpenAPI document is made from them.
 * Nothing of the service is asked before a request comes.
 */
export function routeTable(
  dependencies: HttpDependencies,
  options: Pick<AppOptions, 'explorerUrl' | 'viewers' | 'secure' | 'publicUrl'> = {},
): readonly Route[] {
  const status = shared(() => dependencies.status(), 1000);
  const { secure = false } = options;
  const routes: readonly Route[] = [
    ...serviceRoutes(dependencies, status),
    eventRoute(dependencies.events, eventOptions),
    ...imageRoutes(dependencies, options),
    ...activityRoutes(dependencies.ledger),
    ...lookRoutes(dependencies),
    ...modelRoutes(dependencies),
    rehearsalRoute(dependencies),
    ...rulesRoutes(dependencies.rules),
    ...commandRoutes(dependencies),
    ...taskRoutes(dependencies.tasks),
    ...forwardRoutes(dependencies),
    ...patientRoutes(dependencies),
    ...sessionRoutes(dependencies, secure),
    ...providerRoutes(dependencies, {
      secure,
      ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
    }),
    ...peopleRoutes(dependencies),
    ...trailRoutes(dependencies),
    settingsRoute(dependencies),
  ];
  return [...routes, documentRoute(() => routes)];
}

/**
 * The API and the console at `/`. Files of the console are there for everybody: it is what one signs in with.
 */
export function createApp(dependencies: HttpDependencies, options: AppOptions): Express {
  const routes = routeTable(dependencies, options);
  const audit = createRouteAudit(dependencies.audit);
  const app = express();
  app.set('trust proxy', options.trustedProxies ?? 0);
  app.use(securityHeaders(options.secure ?? false));
  // Probes are let in whatever name they use.
  const isProbe = ({ path, role }: Route) => role === 'anyone' && !path.startsWith('/api/');
  mount(app, routes.filter(isProbe), audit);
  app.use(guardAccess(dependencies.identity, audit, options));
  app.use(consoleRoutes());

  app.use('/api', (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  mount(
    app,
    routes.filter((each) => !isProbe(each)),
    audit,
  );
  app.use(unknownRoute);
  app.use(answerErrors(options.logger));
  return app;
}

/** Everything from ourselves, nothing inline, in nobody's frame. */
function securityHeaders(secure: boolean) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: secure,
    referrerPolicy: { policy: 'no-referrer' },
  });
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** PEM; without it plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/**
 * Binds the app. Port 0 takes a free one.
 * `close` ends open event streams too, so that it always comes to an end.
 */
export async function listen(
  app: Express,
  { host, port, tls }: ListenOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = tls ? createTlsServer(tls, app) : createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
