import { randomUUID } from 'node:crypto';
import { openChannels, renderBy, trialEvent } from '../../compose/notify.js';
import type { Settings } from '../../config/load-settings.js';
import { asColouriseError, ColouriseError, errorKinds } from '../../domain/errors.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

/** `notify test`: one message on each channel of the settings, past every limit of rate. */
export async function notifyTest(settings: Settings, output: Output): Promise<ExitCode> {
  const channels = openChannels(settings);
  if (channels.length === 0) {
    throw new ColouriseError(
      'CONFIG_INVALID',
      'nobody is told: set notify.webhookUrl, or notify.smtpUrl with mailFrom and mailTo',
    );
  }
  const events = [trialEvent()];
  const at = new Date();
  const notice = { id: randomUUID(), at, events, ...renderBy(settings)(events, at) };
  const results = await Promise.all(
    channels.map(async (channel) => {
      try {
        await channel.send(notice);
        return { channel: channel.name, delivered: true };
      } catch (thrown) {
        const { code, message: reason } = asColouriseError(thrown);
        return { channel: channel.name, delivered: false, code, reason };
      } finally {
        channel.close();
      }
    }),
  );
  const isDelivered = results.every(({ delivered }) => delivered);
  const lines = results.map(({ channel, reason }) => `${channel}: ${reason ?? 'delivered'}`);
  const next = isDelivered ? [] : [`→ ${errorKinds.NOTIFY_FAILED.next}`];
  output.result({ subject: notice.subject, results }, [...lines, ...next].join('\n'));
  return isDelivered ? exitCodes.done : exitCodes.serverFailed;
}
