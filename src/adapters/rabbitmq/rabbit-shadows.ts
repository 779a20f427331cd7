import { setTimeout as pause } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import { asColouriseError } from '../../domain/errors.js';
import type { ShadowResult } from '../../domain/shadow.js';
import type { ShadowSink } from '../../ports/shadow-book.js';
import {
  brokerDefaults,
  BrokerLink,
  type BrokerOptions,
  type CompleteOptions,
  type Connection,
} from './broker-link.js';
import { receivedShadow } from './messages.js';
import { asJson, Publisher } from './publisher.js';
import { declareShadows, shadowsOf, subscribe } from './topology.js';

type Hear = (result: ShadowResult) => void | Promise<void>;

export interface RabbitShadowsOptions extends BrokerOptions {
  /** Where the ledger is: hears each result. One that throws hears of the same result again. */
  readonly hear?: Hear;
}

/** Results in memory at most; the rest waits in the broker, and is bounded there. */
const prefetch = 20;
/** Nobody waits for a result: a queue that does not confirm in this time has lost it, ms. */
const confirmMs = 3_000;
/** Pause before what could not be recorded is delivered again, ms. */
const againMs = 250;

/**
 * What models came to in the shadow, from workers to where the ledger is. On a connection of its own: a broker may come
 * back from a power cut with one queue that answers nobody (seen once with RabbitMQ 3.10), and when it is this one no
 * job shall wait for it.
 */
export class RabbitShadows implements ShadowSink {
  private readonly options: RabbitShadowsOptions & CompleteOptions;
  private readonly queue: string;
  private link: BrokerLink<Publisher> | undefined;

  /** Connects at once when somebody hears, else with the first result. */
  constructor(options: RabbitShadowsOptions) {
    this.options = { ...brokerDefaults, ...options };
    this.queue = shadowsOf(this.options.prefix);
    if (options.hear !== undefined) this.connected();
  }

  /**
   * Sends a result to where the ledger is.
   * @throws ColouriseError `QUEUE_UNAVAILABLE`; nothing depends on it, so it is not tried again
   */
  async record(result: ShadowResult): Promise<void> {
    const publisher = await this.connected().within(this.options.patienceMs);
    const content = asJson(result);
    await publisher.send({ exchange: '', routingKey: this.queue, content, confirmMs });
  }

  async close(): Promise<void> {
    await this.link?.close();
  }

  private connected(): BrokerLink<Publisher> {
    this.link ??= new BrokerLink({
      ...this.options,
      open: (connection) => this.open(connection),
    });
    return this.link;
  }

  private async open(connection: Connection): Promise<Publisher> {
    const { model, guard } = connection;
    const hearing = guard(await model.createChannel());
    await declareShadows(hearing, this.queue);
    const publisher = new Publisher(guard(await model.createConfirmChannel()), connection);
    const { hear } = this.options;
    if (hear === undefined) return publisher;
    await hearing.prefetch(prefetch);
    await subscribe(hearing, this.queue, (message) => {
      // The broker ended the subscription, as it does when the queue is deleted: nobody would hear the results.
      if (message === null)
        connection.end(new Error('the broker ended the subscription to shadows'));
      else if (!connection.ended.aborted) void this.take(hearing, message, hear, connection.ended);
    });
    return publisher;
  }

  private async take(
    channel: Channel,
    message: ConsumeMessage,
    hear: Hear,
    ended: AbortSignal,
  ): Promise<void> {
    const { onError } = this.options;
    let result: ShadowResult;
    try {
      result = receivedShadow(message);
    } catch (error) {
      // One of another release, or none of ours: it says nothing here and is let go.
      onError(asColouriseError(error));
      if (!ended.aborted) channel.ack(message);
      return;
    }
    try {
      await hear(result);
      if (!ended.aborted) channel.ack(message);
    } catch (error) {
      onError(asColouriseError(error));
      await pause(againMs);
      if (!ended.aborted) channel.nack(message);
    }
  }
}
