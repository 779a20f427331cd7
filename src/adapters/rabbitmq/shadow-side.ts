import { setTimeout as pause } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import { asColouriseError, type ColouriseError } from '../../domain/errors.js';
import type { ShadowResult } from '../../domain/shadow.js';
import { receivedShadow } from './messages.js';
import type { Topology } from './topology.js';

type Record = (result: ShadowResult) => void | Promise<void>;

export interface ShadowSession {
  readonly shading: Channel;
  readonly ended: AbortSignal;
}

export interface ShadowSideOptions {
  readonly topology: Topology;
  /** Pause before what could not be recorded is delivered again, ms. */
  readonly pauseMs: number;
  readonly onError: (error: ColouriseError) => void;
}

/** Results in memory at most; the rest waits in the broker, and is bounded there. */
const prefetch = 20;

/** Hears what models came to in the shadow, where the ledger is. */
export class ShadowSide {
  private readonly options: ShadowSideOptions;
  private readonly started = new WeakSet<ShadowSession>();
  private record: Record | undefined;

  constructor(options: ShadowSideOptions) {
    this.options = options;
  }

  /** Replaces the recorder; listens from the next `start` on. */
  use(record: Record): void {
    this.record = record;
  }

  /** Begins to listen on a connection, once there is a recorder. */
  async start(session: ShadowSession): Promise<void> {
    if (this.record === undefined || this.started.has(session)) return;
    this.started.add(session);
    await session.shading.prefetch(prefetch);
    await session.shading.consume(this.options.topology.shadows, (message) => {
      if (message !== null && !session.ended.aborted) void this.take(session, message);
    });
  }

  private async take({ shading, ended }: ShadowSession, message: ConsumeMessage): Promise<void> {
    const { onError, pauseMs } = this.options;
    let result: ShadowResult;
    try {
      result = receivedShadow(message);
    } catch (error) {
      // One of another release, or none of ours: it says nothing here and is let go.
      onError(asColouriseError(error));
      if (!ended.aborted) shading.ack(message);
      return;
    }
    try {
      await this.record?.(result);
      if (!ended.aborted) shading.ack(message);
    } catch (error) {
      onError(asColouriseError(error));
      await pause(pauseMs);
      if (!ended.aborted) shading.nack(message);
    }
  }
}
