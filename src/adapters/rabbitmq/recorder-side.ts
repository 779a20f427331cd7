import type { Channel, ConsumeMessage } from 'amqplib';
import { asColouriseError, type ColouriseError } from '../../domain/errors.js';
import type { Settled } from '../../ports/queue.js';
import { receivedJob, receivedSettled, wasAbandoned } from './messages.js';
import type { Publisher } from './publisher.js';
import { subscribe, type Topology } from './topology.js';

type Record = (settled: Settled) => void | Promise<void>;

export interface RecorderSession {
  readonly publisher: Publisher;
  readonly recording: Channel;
  readonly ended: AbortSignal;
  /** Gives the connection up, so that the next one begins anew. */
  readonly end: (reason: unknown) => void;
}

export interface RecorderOptions {
  readonly topology: Topology;
  /** Pause before what could not be recorded is tried again, ms. */
  readonly pauseMs: number;
  readonly onError: (error: ColouriseError) => void;
}

/** News in memory at most; the rest waits in the broker. */
const prefetch = 50;

/** Hears what workers settled, in the order in which it came, and acknowledges what was recorded. */
export class RecorderSide {
  private readonly options: RecorderOptions;
  private readonly started = new WeakSet<RecorderSession>();
  private record: Record | undefined;

  constructor(options: RecorderOptions) {
    this.options = options;
  }

  /** Replaces the recorder; listens from the next `start` on. */
  use(record: Record): void {
    this.record = record;
  }

  /** Begins to listen on a connection, once there is a recorder. */
  async start(session: RecorderSession): Promise<void> {
    if (this.record === undefined || this.started.has(session)) return;
    this.started.add(session);
    const { recording, ended, end } = session;
    let last = Promise.resolve();
    await recording.prefetch(prefetch);
    await subscribe(recording, this.options.topology.outcomes, (message) => {
      // The broker ended the subscription, as it does when the queue is deleted: nobody would hear the news.
      if (message === null) end(new Error('the broker ended the subscription to the outcomes'));
      if (message === null || ended.aborted) return;
      last = last.then(() => this.take(session, message));
    });
  }

  private async take(session: RecorderSession, message: ConsumeMessage): Promise<void> {
    const { recording } = session;
    const isOpen = () => !session.ended.aborted;
    while (isOpen()) {
      try {
        await this.recordOne(session, message);
        if (isOpen()) recording.ack(message);
        return;
      } catch (error) {
        if (isOpen()) this.options.onError(asColouriseError(error));
        await new Promise((resolve) => setTimeout(resolve, this.options.pauseMs));
      }
    }
  }

  private async recordOne(session: RecorderSession, message: ConsumeMessage): Promise<void> {
    let settled: Settled;
    try {
      settled = wasAbandoned(message) ? abandoned(message) : receivedSettled(message);
    } catch (error) {
      this.options.onError(asColouriseError(error));
      await this.bury(session, message, 'MALFORMED', 'none of our messages');
      return;
    }
    await this.record?.(settled);
    const { settlement } = settled;
    if (wasAbandoned(message) && settlement.effect === 'dead-letter') {
      await this.bury(session, message, settlement.code, settlement.reason);
    }
  }

  private bury(
    { publisher }: RecorderSession,
    { content }: ConsumeMessage,
    code: string,
    reason: string,
  ): Promise<void> {
    const { dead } = this.options.topology;
    return publisher.send({ exchange: '', routingKey: dead, content, headers: { code, reason } });
  }
}

function abandoned(message: ConsumeMessage): Settled {
  const { job, tries } = receivedJob(message);
  const code = 'INTERNAL';
  const reason = 'the broker gave up: no worker lived to settle it';
  return {
    job,
    attempt: tries.faults + tries.outages + 1,
    outcome: { outcome: 'failed', code, reason, timingsMs: {} },
    settlement: { effect: 'dead-letter', code, reason },
  };
}
