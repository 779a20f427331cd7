import type { Logger } from 'pino';
import { openService } from '../../compose/service.js';
import type { Settings } from '../../config/load-settings.js';
import { ColouriseError } from '../../domain/errors.js';
import { createApp, listen } from '../../http/server.js';
import { softwareVersion } from '../../version.js';
import { type ExitCode, exitCodes } from '../output.js';
import { giveUp, graceMs, stopSignal } from '../stop-signal.js';

/** Runs until SIGTERM or SIGINT, then finishes or returns what is in hand. */
export async function serve(settings: Settings, log: Logger): Promise<ExitCode> {
  const stopped = stopSignal();
  let exitCode: ExitCode = exitCodes.done;
  const service = await openService(settings, log);
  try {
    const { host, port, token, publicUrl } = settings.http;
    const app = createApp(service.http, {
      host,
      explorerUrl: settings.viewers.orthancUrl ?? settings.orthanc.url,
      viewers: settings.viewers,
      logger: log,
      ...(token === undefined ? {} : { token }),
      ...(publicUrl === undefined ? {} : { publicUrl }),
    });
    const server = await listen(app, { host, port });
    log.info({ url: server.url, orthanc: settings.orthanc.url, version: softwareVersion }, 'ready');
    const why = await Promise.race([stopped, service.failed]);
    if (why instanceof ColouriseError) exitCode = giveUp(why, log);
    else log.info({ signal: why }, 'stopping');
    await server.close();
  } finally {
    await service.stop(graceMs);
    log.info('stopped');
  }
  return exitCode;
}
