import type { Channel, ConsumeMessage } from 'amqplib';
import { ColouriseError } from '../../domain/errors.js';
import type { RetryPolicy } from '../../domain/settle.js';

/** Quorum queues of RabbitMQ 3.x know no priorities, so what is urgent has a lane of its own. */
export type Lane = 'urgent' | 'normal';
/** In the order in which workers look into them. */
export const lanes: readonly Lane[] = ['urgent', 'normal'];
const leastUrgent = 5;

export function laneOf(priority: number): Lane {
  return priority >= leastUrgent ? 'urgent' : 'normal';
}

/** What stands in the broker. Names begin with the prefix, so that installations can share one broker. */
export interface Topology {
  /** Topic exchange: `<anything>.<lane>` reaches the lane. */
  readonly jobs: string;
  /** Topic exchange: `<step>.<lane>` waits for that step, then returns to its lane. */
  readonly retries: string;
  /** Fanout exchange: an empty message wakes every idle worker. */
  readonly bell: string;
  readonly lane: Readonly<Record<Lane, string>>;
  readonly outcomes: string;
  readonly dead: string;
  /** What models came to in the shadow. */
  readonly shadows: string;
  /** Ascending, ms. */
  readonly steps: readonly number[];
  /** The queue of each step. */
  readonly retryQueue: (step: number) => string;
}

export function topologyOf(prefix: string, policy: RetryPolicy): Topology {
  return {
    jobs: `${prefix}.jobs`,
    retries: `${prefix}.retries`,
    bell: `${prefix}.bell`,
    lane: { urgent: `${prefix}.jobs.urgent`, normal: `${prefix}.jobs.normal` },
    outcomes: `${prefix}.outcomes`,
    dead: `${prefix}.dead`,
    shadows: shadowsOf(prefix),
    steps: delaySteps(policy),
    retryQueue: (step) => `${prefix}.retry.${step}ms`,
  };
}

export function shadowsOf(prefix: string): string {
  return `${prefix}.shadows`;
}

/** Doubling from the shortest pause that the policy can ask for to the longest. */
export function delaySteps({ backOff, outageBackOff }: RetryPolicy): readonly number[] {
  const longest = Math.max(backOff.maxMs, outageBackOff.maxMs);
  const steps: number[] = [];
  for (let step = Math.min(backOff.baseMs, outageBackOff.baseMs); step < longest; step *= 2) {
    steps.push(step);
  }
  return [...steps, longest];
}

/**
 * The step to wait in: the shortest that is no shorter than the pause. A message leaves it after its own
 * pause, or when those before it have left: never later than the step.
 */
export function stepFor(afterMs: number, steps: readonly number[]): number {
  const step = steps.find((each) => each >= afterMs) ?? steps.at(-1);
  if (step === undefined) throw new ColouriseError('INTERNAL', 'a topology without retry steps');
  return step;
}

/**
 * Above the largest `queue.maxAttempts`, so that workers decide first and give the reason;
 * the broker ends only what no worker survives to judge.
 */
const deliveryLimit = 120;
/** Beyond it the broker refuses, and work waits in the ledger instead. */
const mostWaiting = 100_000;

const mostShadows = 10_000;

/** Dead-lettering that waits for the target's confirm; without it a restart in between loses the message. */
const surely = { 'x-overflow': 'reject-publish', 'x-dead-letter-strategy': 'at-least-once' };

/** Each queue with its arguments. Changing an argument needs a new name: brokers do not alter queues. */
function queuesOf(
  topology: Topology,
): ReadonlyMap<string, Readonly<Record<string, string | number>>> {
  const { lane, outcomes, dead, steps, retryQueue, jobs } = topology;
  // What leaves a lane undecided is told to the recorder: no job may end without a row.
  const laneArguments = {
    ...surely,
    'x-delivery-limit': deliveryLimit,
    'x-max-length': mostWaiting,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': outcomes,
  };
  return new Map<string, Readonly<Record<string, string | number>>>([
    ...lanes.map((each) => [lane[each], laneArguments] as const),
    ...steps.map(
      (step) =>
        [
          retryQueue(step),
          { ...surely, 'x-message-ttl': step, 'x-dead-letter-exchange': jobs },
        ] as const,
    ),
    [outcomes, {}],
    [dead, {}],
  ]);
}

export function queueNames(topology: Topology): readonly string[] {
  return [...queuesOf(topology).keys(), topology.shadows];
}

/**
 * Declares everything; what stands already is left alone.
 * @throws ColouriseError `QUEUE_UNAVAILABLE` naming the queue that stands with other arguments
 */
export async function declareTopology(channel: Channel, topology: Topology): Promise<void> {
  const { jobs, retries, bell, lane, steps, retryQueue } = topology;
  const exchanges = [
    [jobs, 'topic'],
    [retries, 'topic'],
    [bell, 'fanout'],
  ] as const;
  for (const [name, type] of exchanges) {
    await declared(`exchange ${name}`, channel.assertExchange(name, type, { durable: true }));
  }
  for (const [name, more] of queuesOf(topology)) await declareQuorum(channel, name, more);
  for (const each of lanes) await channel.bindQueue(lane[each], jobs, `*.${each}`);
  for (const step of steps) await channel.bindQueue(retryQueue(step), retries, `${step}.*`);
}

/**
 * Declares the queue of what models came to in the shadow. Nothing depends on it: while nobody records them the oldest
 * give way.
 * @throws ColouriseError `QUEUE_UNAVAILABLE` when it stands with other arguments
 */
export function declareShadows(channel: Channel, name: string): Promise<void> {
  return declareQuorum(channel, name, { 'x-overflow': 'drop-head', 'x-max-length': mostShadows });
}

function declareQuorum(
  channel: Channel,
  name: string,
  more: Readonly<Record<string, string | number>>,
): Promise<void> {
  const queue = { durable: true, arguments: { 'x-queue-type': 'quorum', ...more } };
  return declared(`queue ${name}`, channel.assertQueue(name, queue));
}

async function declared(what: string, declaring: Promise<unknown>): Promise<void> {
  try {
    await declaring;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    if (!detail.includes('PRECONDITION')) throw cause;
    throw new ColouriseError(
      'QUEUE_UNAVAILABLE',
      `${what} stands in the broker with other arguments; let it run empty and delete it (${detail})`,
      { cause },
    );
  }
}

/**
 * Subscribes to a queue. RabbitMQ gives up after a minute, with the whole connection and without a name, when the queue
 * came back from a power cut and answers nobody.
 * @throws ColouriseError `QUEUE_UNAVAILABLE` naming that queue
 */
export async function subscribe(
  channel: Channel,
  queue: string,
  heard: (message: ConsumeMessage | null) => void,
): Promise<void> {
  try {
    await channel.consume(queue, heard);
  } catch (cause) {
    throw new ColouriseError('QUEUE_UNAVAILABLE', `queue ${queue} answers nobody`, { cause });
  }
}
