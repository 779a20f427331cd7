import type { Logger } from 'pino';
import { tellOfEnd } from '../../compose/notify.js';
import { openService } from '../../compose/service.js';
import type { Settings } from '../../config/load-settings.js';
import { tlsOf } from '../../compose/identity.js';
import { asColouriseError, ColouriseError } from '../../domain/errors.js';
import { createApp, listen } from '../../http/server.js';
import type { Identity } from '../../identity/identity.js';
import { softwareVersion } from '../../version.js';
import { type ExitCode, exitCodes } from '../output.js';
import { giveUp, graceMs, stopSignal } from '../stop-signal.js';

/** Runs until SIGTERM or SIGINT, then finishes or returns what is in hand. */
export async function serve(settings: Settings, log: Logger): Promise<ExitCode> {
  const stopped = stopSignal();
  let exitCode: ExitCode = exitCodes.done;
  const service = await openService(settings, log).catch(async (thrown: unknown) => {
    await tellOfEnd(settings, asColouriseError(thrown), log);
    throw thrown;
  });
  let end: ColouriseError | undefined;
  try {
    const { host, port, publicUrl, trustedProxies } = settings.http;
    const secure = settings.http.tlsCertFile !== undefined || isHttps(publicUrl);
    const { token: scrapeToken } = settings.monitor;
    const app = createApp(service.http, {
      explorerUrl: settings.viewers.orthancUrl ?? settings.orthanc.url,
      viewers: settings.viewers,
      logger: log,
      secure,
      trustedProxies,
      ...(scrapeToken === undefined ? {} : { scrapeToken }),
      ...(publicUrl === undefined ? {} : { publicUrl }),
    });
    const server = await listen(app, { host, port, ...tlsOf(settings) });
    const { identity, audit } = service.http;
    audit.append({ ...byService, action: 'service.start', details: { version: softwareVersion } });
    inviteFirst(identity, publicUrl ?? server.url, log);
    log.info({ url: server.url, orthanc: settings.orthanc.url, version: softwareVersion }, 'ready');
    const why = await Promise.race([stopped, service.failed]);
    if (why instanceof ColouriseError) {
      end = why;
      exitCode = giveUp(why, log);
    } else log.info({ signal: why }, 'stopping');
    await server.close();
    audit.append({ ...byService, action: 'service.stop' });
  } finally {
    await service.stop(graceMs);
    if (end) await tellOfEnd(settings, end, log);
    log.info('stopped');
  }
  return exitCode;
}

const byService = {
  outcome: 'done',
  who: 'service',
  kind: 'service',
  address: 'local',
} as const;

/** Instead of a password that everybody knows: a link that counts once and not for long. */
function inviteFirst(identity: Identity, url: string, log: Logger): void {
  const link = identity.issueFirstLink();
  if (!link) return;
  // Behind the hash, so that no proxy and no log of one sees it.
  const address = new URL(`/sign-in#first=${link.secret}`, url).href;
  log.warn(
    { address, until: link.expiresAt },
    'nobody can sign in yet: name the first administrator at this address, which counts once',
  );
}

function isHttps(url: string | undefined): boolean {
  return url?.startsWith('https:') ?? false;
}
