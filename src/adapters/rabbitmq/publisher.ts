import type { ConfirmChannel } from 'amqplib';
import { ColouriseError } from '../../domain/errors.js';
import type { Connection } from './broker-link.js';

export interface Letter {
  /** Empty: the routing key is the name of a queue. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Longest wait in a queue, ms. */
  readonly expirationMs?: number;
  /**
   * Longest wait for the confirm, ms, and none at all while the broker takes nothing: what it does not read would
   * pile up in this process. Absent: as long as the connection stands.
   */
  readonly confirmMs?: number;
}

export function asJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Publishes on a confirm channel: what it resolves for stands on the disks of the broker. */
export class Publisher {
  private readonly channel: ConfirmChannel;
  private readonly ended: AbortSignal;
  /** Ids of messages that no queue took. */
  private readonly returned = new Set<string>();
  /** What waits for its confirm; called with the reason why none will come. */
  private readonly unconfirmed = new Set<(why: string) => void>();
  /** Those of them that do not wait for a broker that takes nothing. */
  private readonly impatient = new Set<(why: string) => void>();
  private readonly blocked: () => string | undefined;
  private count = 0;

  constructor(channel: ConfirmChannel, { model, ended, blocked }: Connection) {
    this.channel = channel;
    this.ended = ended;
    this.blocked = blocked;
    model.on('blocked', (why: string) => {
      for (const fail of this.impatient) fail(takesNothing(why));
    });
    channel.on('return', ({ properties }) => {
      this.returned.add(String(properties.messageId));
    });
    ended.addEventListener('abort', () => {
      for (const fail of this.unconfirmed) fail(connectionEnded);
    });
  }

  /** @throws ColouriseError `QUEUE_UNAVAILABLE` when refused, unroutable, too slow, or the connection ends first */
  send(letter: Letter): Promise<void> {
    const { exchange, routingKey, confirmMs } = letter;
    const messageId = `${++this.count}`;
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.unconfirmed.delete(fail);
        this.impatient.delete(fail);
      };
      const fail = (why: string) => {
        done();
        reject(new ColouriseError('QUEUE_UNAVAILABLE', `${exchange || routingKey}: ${why}`));
      };
      const timer = confirmMs === undefined ? undefined : setTimeout(fail, confirmMs, tooSlow);
      this.unconfirmed.add(fail);
      if (confirmMs !== undefined) this.impatient.add(fail);
      const blocked = this.blocked();
      if (this.ended.aborted) fail(connectionEnded);
      else if (blocked !== undefined && confirmMs !== undefined) fail(takesNothing(blocked));
      else
        this.publish(letter, messageId, (refusal) => {
          // A message that no queue took is returned before it is confirmed.
          if (this.returned.delete(messageId)) fail('no queue takes this message');
          else if (refusal) fail('the broker refused the message: a queue is full or unwell');
          else {
            done();
            resolve();
          }
        });
    });
  }

  /** Wakes idle workers. May be lost: they also look by themselves. */
  ring(exchange: string): void {
    const isDeaf = this.ended.aborted || this.blocked() !== undefined;
    if (!isDeaf) this.channel.publish(exchange, '', Buffer.alloc(0));
  }

  private publish(
    { exchange, routingKey, content, headers = {}, expirationMs }: Letter,
    messageId: string,
    confirmed: (refusal: unknown) => void,
  ): void {
    const options = { persistent: true, mandatory: true, contentType: 'application/json' };
    const expiration = expirationMs === undefined ? {} : { expiration: expirationMs };
    this.channel.publish(
      exchange,
      routingKey,
      content,
      { ...options, ...expiration, messageId, headers },
      confirmed,
    );
  }
}

export function takesNothing(blocked: string): string {
  return `the broker takes nothing for now: ${blocked}`;
}

const connectionEnded = 'the connection ended before the broker confirmed';
const tooSlow = 'the broker takes too long to confirm';
