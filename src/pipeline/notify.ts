import { randomInt, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { asColouriseError } from '../domain/errors.js';
import {
  type Concern,
  dueEvents,
  type NoticeEvent,
  type NoticePolicy,
  observed,
  told,
  undelivered,
} from '../domain/notices.js';
import type { Channel, Notice, NoticeBook } from '../ports/notices.js';
import type { Telemetry } from '../ports/telemetry.js';
import { startLoop } from './loop.js';

export interface NotifyTools {
  readonly channels: readonly Channel[];
  readonly book: NoticeBook;
  readonly policy: NoticePolicy;
  readonly render: (events: readonly NoticeEvent[], at: Date) => Pick<Notice, 'subject' | 'text'>;
  readonly telemetry?: Pick<Telemetry, 'notified'>;
  readonly now: () => Date;
  readonly log: Logger;
}

/** How often is looked, ms. */
const lookMs = 5_000;

/**
 * Looks at what is not well, and tells it: a loop for each channel, so that one that hangs silences no other. The
 * pipeline neither waits for them nor knows of them.
 * @param concerns undefined while nothing is known, which is not the same as nothing to be concerned about
 */
export function startNotifying(
  tools: NotifyTools,
  concerns: () => Promise<readonly Concern[] | undefined>,
): { stop(): Promise<void> } {
  const { channels, log } = tools;
  const loops = channels.map((channel) =>
    startLoop(
      { name: `notify by ${channel.name}`, pollMs: lookMs, maxBackOffMs: lookMs, log },
      async () => {
        const seen = await concerns();
        if (seen) await tellBy(channel, seen, tools);
        return 'idle';
      },
    ),
  );
  return {
    async stop() {
      for (const channel of channels) channel.close();
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

/** Tells by one channel what it has not told of these. What cannot be delivered is told later, as it is then. */
export async function tellBy(
  channel: Channel,
  concerns: readonly Concern[],
  { book, policy, render, telemetry, now, log }: NotifyTools,
): Promise<void> {
  const before = book.load(channel.name);
  const at = now();
  const memory = observed(before, concerns, at.getTime());
  const events = dueEvents(memory, policy, at.getTime());
  if (events.length === 0) {
    if (JSON.stringify(memory) !== JSON.stringify(before)) book.save(channel.name, memory);
    return;
  }
  const facts = { channel: channel.name, conditions: events.map(({ condition }) => condition) };
  try {
    await channel.send({ id: randomUUID(), at, events, ...render(events, at) });
    book.save(channel.name, told(memory, events, now().getTime()));
    log.info(facts, 'somebody was told');
    telemetry?.notified(channel.name, 'sent');
  } catch (thrown) {
    const { code, message } = asColouriseError(thrown);
    book.save(channel.name, undelivered(memory, now().getTime(), randomInt(1_000_000) / 1_000_000));
    if (before.failures === 0) log.error({ ...facts, code }, `nobody was told: ${message}`);
    telemetry?.notified(channel.name, 'failed');
  }
}
