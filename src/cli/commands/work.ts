import type { Logger } from 'pino';
import { openWorker } from '../../compose/worker.js';
import type { Settings } from '../../config/load-settings.js';
import { ColouriseError } from '../../domain/errors.js';
import { hardwareInWords } from '../../domain/hardware.js';
import { createMonitorApp, type Monitored } from '../../http/monitor.js';
import { listen } from '../../http/server.js';
import { softwareVersion } from '../../version.js';
import { type ExitCode, exitCodes } from '../output.js';
import { giveUp, graceMs, stopSignal } from '../stop-signal.js';

/** Works until SIGTERM or SIGINT, then finishes or returns what is in hand. Keeps no state. */
export async function work(settings: Settings, log: Logger): Promise<ExitCode> {
  if (settings.queue.kind === 'embedded') {
    throw new ColouriseError(
      'CONFIG_INVALID',
      'queue.kind is embedded: with the embedded queue, serve does all work itself',
    );
  }
  const stopped = stopSignal();
  const worker = await openWorker(settings, log);
  let exitCode: ExitCode = exitCodes.done;
  try {
    // Before the networks are loaded, so that whoever starts it sees that it is alive.
    const monitor = await openMonitor(worker.monitored, settings, log);
    try {
      const { networks, failed } = await worker.start();
      const facts = { orthanc: settings.orthanc.url, version: softwareVersion };
      log.info({ ...facts, inference: hardwareInWords(networks.provenance) }, 'ready to work');
      const why = await Promise.race([stopped, failed]);
      if (why instanceof ColouriseError) exitCode = giveUp(why, log);
      else log.info({ signal: why }, 'stopping');
    } finally {
      await monitor?.close();
    }
  } finally {
    await worker.stop(graceMs);
    log.info('stopped');
  }
  return exitCode;
}

async function openMonitor(monitored: Monitored, { monitor }: Settings, log: Logger) {
  const { host, port, token } = monitor;
  if (port === undefined) return undefined;
  const app = createMonitorApp(monitored, {
    host,
    logger: log,
    ...(token === undefined ? {} : { token }),
  });
  const server = await listen(app, { host, port });
  log.info({ url: server.url }, 'tells how it is');
  return server;
}
