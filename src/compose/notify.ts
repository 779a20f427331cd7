/** Who is told of troubles. */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { mailChannel } from '../adapters/notify/mail.js';
import { noticeFile } from '../adapters/notify/notice-file.js';
import { renderNotice } from '../adapters/notify/render.js';
import { webhookChannel } from '../adapters/notify/webhook.js';
import type { Settings } from '../config/load-settings.js';
import { concernsOf, type Vitals } from '../domain/concerns.js';
import { asColouriseError, type ColouriseError } from '../domain/errors.js';
import type { NoticeEvent } from '../domain/notices.js';
import type { ServiceStatus } from '../http/api.js';
import { type NotifyTools, startNotifying, tellBy } from '../pipeline/notify.js';
import type { Channel } from '../ports/notices.js';

/** The channels of the settings; none is a choice. */
export function openChannels({ notify }: Settings): readonly Channel[] {
  const { webhookUrl, webhookSecret, smtpUrl, mailFrom, mailTo, timeoutMs } = notify;
  return [
    ...(webhookUrl === undefined
      ? []
      : [webhookChannel({ url: webhookUrl, secret: webhookSecret, timeoutMs })]),
    ...(smtpUrl === undefined || mailFrom === undefined || mailTo === undefined
      ? []
      : [mailChannel({ url: smtpUrl, from: mailFrom, to: mailTo, timeoutMs })]),
  ];
}

/** Subject and text by the templates of the settings. */
export function renderBy({ notify, http }: Settings): NotifyTools['render'] {
  const sender = { service: `colouriser at ${hostname()}`, url: http.publicUrl ?? '' };
  return (events, at) => renderNotice(notify, sender, events, at);
}

function toolsOf(settings: Settings, log: Logger): NotifyTools {
  const { pauseMs, patienceMs } = settings.notify;
  return {
    channels: openChannels(settings),
    book: noticeFile(settings.data.folder),
    policy: { pauseMs, patienceMs },
    render: renderBy(settings),
    now: () => new Date(),
    log,
  };
}

/** Tells from now on what the status of the service says. */
export function openNotifying(
  settings: Settings,
  {
    status,
    lastSettledAt,
    telemetry,
    log,
  }: {
    readonly status: () => Promise<ServiceStatus>;
    readonly lastSettledAt: () => Date;
    readonly telemetry: NonNullable<NotifyTools['telemetry']>;
    readonly log: Logger;
  },
): { stop(): Promise<void> } {
  return startNotifying({ ...toolsOf(settings, log), telemetry }, async () => {
    const seen = await status();
    // Until the change log was first asked nothing is known.
    if (seen.state === 'starting') return undefined;
    return concernsOf(vitalsOf(seen, lastSettledAt()));
  });
}

function vitalsOf(status: ServiceStatus, lastSettledAt: Date): Vitals {
  const { balance, daily, queue, orthanc, inference, rules, destinations } = status;
  return {
    now: Date.now(),
    lastSettledAt: lastSettledAt.getTime(),
    failedImages: balance.failed,
    missingImages: daily.missing ?? 0,
    readyJobs: queue.ready,
    archiveReachable: orthanc.reachable,
    fellBack: inference?.fallback !== undefined,
    rulesFault: rules.fault !== undefined,
    destinations: destinations.map(({ destination, kind, pending, failed, fault }) => ({
      destination,
      pending,
      failed,
      isAway: kind !== undefined && fault !== undefined,
    })),
  };
}

/** What ends a process that only a new one can mend, told before it ends; once, however often it is started again. */
export async function tellOfEnd(
  settings: Settings,
  { code }: ColouriseError,
  log: Logger,
): Promise<void> {
  if (!['MODEL_INVALID', 'MODEL_NOT_FOUND', 'PROVIDER_UNAVAILABLE'].includes(code)) return;
  const tools = toolsOf(settings, log);
  const concern = { condition: 'model-gate', subject: code, count: 0 } as const;
  await Promise.all(
    tools.channels.map(async (channel) => {
      try {
        // What else was told stays told: here is only seen what ended the process.
        const { known } = tools.book.load(channel.name);
        const others = known.filter(({ told, over }) => told !== undefined && over === undefined);
        await tellBy(channel, [...others, concern], tools);
      } catch (thrown) {
        log.error({ code: asColouriseError(thrown).code }, 'nobody was told of the end');
      } finally {
        channel.close();
      }
    }),
  );
}

/** A message for trial, on each channel. */
export function trialEvent(): NoticeEvent {
  const since = new Date();
  return { condition: 'trial', subject: '', count: 0, state: 'raised', more: 0, since };
}
