import type { Channel } from 'amqplib';
import { asColouriseError, ColouriseError } from '../../domain/errors.js';
import type { Job, Outcome } from '../../domain/job.js';
import { defaultRetryPolicy, firstTry, type RetryPolicy } from '../../domain/settle.js';
import type { Consumer, Delivery, Queue, QueueDepth, Settled } from '../../ports/queue.js';
import { brokerDefaults, BrokerLink, type BrokerOptions, type Connection } from './broker-link.js';
import { jobMessage } from './messages.js';
import { Publisher, takesNothing } from './publisher.js';
import { RecorderSide, type RecorderSession } from './recorder-side.js';
import { declareTopology, laneOf, lanes, type Topology, topologyOf } from './topology.js';
import { WorkerSide, type WorkerSession } from './worker-side.js';

export interface RabbitQueueOptions extends BrokerOptions {
  readonly policy?: RetryPolicy;
  /** Longest time between two looks into the lanes while consuming, ms. Default 250. */
  readonly pollMs?: number;
}

interface Session extends WorkerSession, RecorderSession {
  readonly asking: Channel;
  readonly blocked: () => string | undefined;
  readonly version: string;
}

/** What the outbox publishes at once is confirmed in this time, or is published again later, ms. */
const confirmMs = 30_000;
/** A broker that is short of something reads nothing, also no question, ms. */
const tellMs = 3_000;

/**
 * The queue in RabbitMQ. It needs no broker to begin with: it connects in the background and again after
 * every loss. Two promises of the port a broker cannot keep, as it shows nobody what it holds: a job that
 * is published twice is delivered twice (the second finds the picture stored), and a dead letter that is
 * published again stays counted among the dead until it is purged.
 */
export class RabbitQueue implements Queue {
  private readonly topology: Topology;
  private readonly patienceMs: number;
  private readonly link: BrokerLink<Session>;
  private readonly worker: WorkerSide;
  private readonly recorder: RecorderSide;

  constructor(options: RabbitQueueOptions) {
    const { policy = defaultRetryPolicy, pollMs = 250, ...broker } = options;
    const { prefix, patienceMs, onError, ...link } = { ...brokerDefaults, ...broker };
    const topology = topologyOf(prefix, policy);
    this.topology = topology;
    this.patienceMs = patienceMs;
    this.recorder = new RecorderSide({ topology, pauseMs: pollMs, onError });
    this.worker = new WorkerSide({
      topology,
      policy,
      pollMs,
      onError,
      session: () => this.link.open,
    });
    this.link = new BrokerLink({
      ...link,
      onError,
      open: (each) => this.open(each),
    });
  }

  /** Whether the broker is connected now; undefined until the first attempt has ended. */
  get isConnected(): boolean | undefined {
    return this.link.isConnected;
  }

  /**
   * A lane that is nearly full takes some and refuses the rest.
   * @throws ColouriseError `QUEUE_UNAVAILABLE` when it took none
   */
  async publish(jobs: readonly Job[]): Promise<readonly string[]> {
    if (jobs.length === 0) return [];
    const { publisher } = await this.link.within(this.patienceMs);
    const { jobs: exchange, bell } = this.topology;
    const sent = await Promise.allSettled(
      jobs.map(async (job) => {
        await publisher.send({
          exchange,
          routingKey: `new.${laneOf(job.priority)}`,
          ...jobMessage(job, firstTry),
          confirmMs,
        });
        return job.id;
      }),
    );
    const taken = sent.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const [refused] = sent.flatMap((each) => (each.status === 'rejected' ? [each] : []));
    if (taken.length === 0) throw asColouriseError(refused?.reason);
    publisher.ring(bell);
    return taken;
  }

  consume(prefetch: number, handle: (delivery: Delivery) => Promise<Outcome>): Promise<Consumer> {
    return Promise.resolve(this.worker.consume(prefetch, handle));
  }

  /** The recorder hears of the settlements of every worker. One that throws hears of the same one again. */
  async onSettled(record: (settled: Settled) => void | Promise<void>): Promise<void> {
    this.recorder.use(record);
    const session = this.link.open;
    if (session === undefined) return;
    try {
      await this.recorder.start(session);
    } catch (error) {
      if (!session.ended.aborted) throw asColouriseError(error);
    }
  }

  /** In flight are the jobs of this process: of other workers the broker says nothing over AMQP. */
  async depth(): Promise<QueueDepth> {
    const session = await this.link.within(this.patienceMs);
    try {
      return await answered(this.depthOn(session), tellMs);
    } catch (cause) {
      if (session.ended.aborted) return this.depth();
      const blocked = session.blocked();
      const why =
        blocked === undefined ? 'the broker does not tell its depth' : takesNothing(blocked);
      throw new ColouriseError('QUEUE_UNAVAILABLE', why, { cause });
    }
  }

  /** Version of the broker. @throws ColouriseError `QUEUE_UNAVAILABLE` with the reason */
  async probe(patienceMs: number): Promise<string> {
    return (await this.link.within(patienceMs)).version;
  }

  async close(): Promise<void> {
    await this.worker.close();
    await this.link.close();
  }

  private async depthOn({ asking }: Session): Promise<QueueDepth> {
    const { lane, steps, retryQueue, dead } = this.topology;
    const waiting = async (names: readonly string[]) => {
      const found = await Promise.all(names.map((name) => asking.checkQueue(name)));
      return found.reduce((sum, { messageCount }) => sum + messageCount, 0);
    };
    const [ready, delayed, buried] = await Promise.all([
      waiting(lanes.map((each) => lane[each])),
      waiting(steps.map(retryQueue)),
      waiting([dead]),
    ]);
    return { ready, delayed, inFlight: this.worker.inHand, dead: buried };
  }

  /** Channels apart by purpose, so that asking never waits behind publishing. */
  private async open(connection: Connection): Promise<Session> {
    const { model, ended, end, guard, blocked } = connection;
    const asking = guard(await model.createChannel());
    await declareTopology(asking, this.topology);
    const pulling = guard(await model.createChannel());
    const recording = guard(await model.createChannel());
    const publisher = new Publisher(guard(await model.createConfirmChannel()), connection);
    const { version } = model.connection.serverProperties;
    const channels = { asking, pulling, recording, publisher };
    const session: Session = { ...channels, ended, end, blocked, version };
    ended.addEventListener('abort', () => {
      this.worker.lose(session);
    });
    await this.recorder.start(session);
    await this.hearBell(asking);
    // Not before the link has taken it over: the worker asks the link.
    setImmediate(() => {
      this.worker.look();
    });
    return session;
  }

  private async hearBell(channel: Channel): Promise<void> {
    // One ring that nobody heard yet is enough.
    const { queue } = await channel.assertQueue('', {
      exclusive: true,
      autoDelete: true,
      maxLength: 1,
    });
    await channel.bindQueue(queue, this.topology.bell, '');
    await channel.consume(
      queue,
      () => {
        this.worker.look();
      },
      { noAck: true },
    );
  }
}

async function answered<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${limitMs} ms`));
    }, limitMs);
  });
  return Promise.race([answer, tooLate]).finally(() => {
    clearTimeout(timer);
  });
}
