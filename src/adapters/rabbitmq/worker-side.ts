import type { Channel, Message } from 'amqplib';
import { asColouriseError, ColouriseError } from '../../domain/errors.js';
import type { Outcome } from '../../domain/job.js';
import { recordedOutcome, settle, type RetryPolicy, type Settlement } from '../../domain/settle.js';
import type { Consumer, Delivery, Settled } from '../../ports/queue.js';
import { handled, lostEveryTime, withinMs } from '../leases/handling.js';
import { jobMessage, type ReceivedJob, receivedJob } from './messages.js';
import { asJson, type Publisher } from './publisher.js';
import { laneOf, lanes, stepFor, type Topology } from './topology.js';

type Handle = (delivery: Delivery) => Promise<Outcome>;

/** One connection, as the worker uses it. */
export interface WorkerSession {
  readonly publisher: Publisher;
  /** Takes from the lanes and acknowledges. */
  readonly pulling: Channel;
  readonly ended: AbortSignal;
}

export interface WorkerOptions {
  readonly topology: Topology;
  readonly policy: RetryPolicy;
  /** Longest time between two looks into the lanes, ms: returned and retried jobs ring no bell. */
  readonly pollMs: number;
  readonly session: () => WorkerSession | undefined;
  readonly onError: (error: ColouriseError) => void;
}

/** One delivery that is being handled. */
interface Hand {
  readonly message: Message;
  readonly received: ReceivedJob;
  readonly session: WorkerSession;
  readonly abort: AbortController;
  /** Its outcome is on its way: too late to give it back. */
  settling: boolean;
  done: Promise<void>;
}

interface Line {
  readonly prefetch: number;
  readonly handle: Handle;
  readonly hands: Set<Hand>;
  open: boolean;
}

/** What could not be settled is returned after this pause, ms, so that a fault does not circle at full speed. */
const faultPauseMs = 1_000;
/** What a broker may take to confirm while the consumer closes, ms. */
const settlingMs = 2_000;

/**
 * Takes jobs one by one, each time from the first lane that holds any: so the prefetch is exact over all
 * lanes together, and nothing urgent waits behind what was taken in advance.
 */
export class WorkerSide {
  private readonly options: WorkerOptions;
  private readonly lines = new Set<Line>();
  private timer: NodeJS.Timeout | undefined;
  private filling: Promise<void> | undefined;
  private again = false;

  constructor(options: WorkerOptions) {
    this.options = options;
  }

  get inHand(): number {
    return [...this.lines].reduce((sum, { hands }) => sum + hands.size, 0);
  }

  consume(prefetch: number, handle: Handle): Consumer {
    const line: Line = { prefetch, handle, hands: new Set(), open: true };
    this.lines.add(line);
    this.look();
    return { close: (graceMs) => this.closeLine(line, graceMs) };
  }

  /** Looks into the lanes now. Also the alarm for the next look. */
  look(): void {
    clearTimeout(this.timer);
    if (this.lines.size === 0) return;
    this.timer = setTimeout(() => {
      this.look();
    }, this.options.pollMs);
    this.again = true;
    this.filling ??= this.fill().finally(() => {
      this.filling = undefined;
      if (this.again) this.look();
    });
  }

  /** The broker has given to others what was in hand here. */
  lose(session: WorkerSession): void {
    for (const { hands } of this.lines) {
      for (const hand of hands) {
        if (hand.session !== session) continue;
        hands.delete(hand);
        const { id } = hand.received.job;
        hand.abort.abort(
          new ColouriseError('QUEUE_UNAVAILABLE', `job ${id} was lost to the broker`),
        );
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.lines].map((line) => this.closeLine(line, 0)));
  }

  private async fill(): Promise<void> {
    while (this.again) {
      this.again = false;
      const session = this.options.session();
      if (session === undefined) return;
      try {
        while (this.lineWithRoom() && (await this.takeOne(session)));
      } catch (error) {
        if (!session.ended.aborted) this.options.onError(asColouriseError(error));
      }
    }
  }

  private lineWithRoom(): Line | undefined {
    return [...this.lines].find(({ open, hands, prefetch }) => open && hands.size < prefetch);
  }

  /** False when the lanes are empty. */
  private async takeOne(session: WorkerSession): Promise<boolean> {
    for (const lane of lanes) {
      const message = await session.pulling.get(this.options.topology.lane[lane]);
      if (message === false) continue;
      this.take(session, message);
      return true;
    }
    return false;
  }

  private take(session: WorkerSession, message: Message): void {
    let received: ReceivedJob;
    try {
      received = receivedJob(message);
    } catch (error) {
      this.options.onError(asColouriseError(error));
      session.pulling.reject(message, false);
      return;
    }
    const abort = new AbortController();
    const hand: Hand = {
      message,
      received,
      session,
      abort,
      settling: false,
      done: Promise.resolve(),
    };
    const line = this.lineWithRoom();
    if (line === undefined) {
      void this.giveBack(hand);
      return;
    }
    line.hands.add(hand);
    hand.done = this.deliver(line.handle, hand).then(() => {
      if (line.hands.delete(hand)) this.look();
    });
  }

  private async deliver(handle: Handle, hand: Hand): Promise<void> {
    const { received, session, message, abort } = hand;
    const { signal } = abort;
    try {
      const settled = await this.settled(handle, received, signal);
      if (signal.aborted) return;
      hand.settling = true;
      await this.act(settled, hand);
      session.pulling.ack(message);
    } catch (error) {
      if (!session.ended.aborted) await this.returnLater(hand, error);
    }
  }

  private async settled(
    handle: Handle,
    { job, tries }: ReceivedJob,
    signal: AbortSignal,
  ): Promise<Settled> {
    const { policy } = this.options;
    const attempt = tries.faults + tries.outages + 1;
    const usedUp = tries.faults >= policy.maxAttempts;
    const outcome = usedUp ? lostEveryTime : await handled(handle, { job, attempt, signal });
    const settlement = settle(outcome, tries, policy, Math.random());
    return { job, attempt, outcome: recordedOutcome(outcome, settlement), settlement };
  }

  /** First the news for the recorder, then the next place of the job; both stand on disk before the ack. */
  private async act(settled: Settled, { session }: Hand): Promise<void> {
    const { outcomes } = this.options.topology;
    await session.publisher.send({ exchange: '', routingKey: outcomes, content: asJson(settled) });
    await this.passOn(settled, settled.settlement, session.publisher);
  }

  private async passOn(
    { job, attempt }: Settled,
    settlement: Settlement,
    publisher: Publisher,
  ): Promise<void> {
    const { steps, retries, dead } = this.options.topology;
    switch (settlement.effect) {
      case 'ack':
        return;
      case 'redeliver': {
        const { afterMs, tries } = settlement;
        const routingKey = `${stepFor(afterMs, steps)}.${laneOf(job.priority)}`;
        const expirationMs = Math.max(1, Math.ceil(afterMs));
        await publisher.send({
          exchange: retries,
          routingKey,
          ...jobMessage(job, tries),
          expirationMs,
        });
        return;
      }
      case 'dead-letter': {
        const { code, reason } = settlement;
        const headers = { code, reason, attempts: attempt };
        await publisher.send({ exchange: '', routingKey: dead, content: asJson(job), headers });
        return;
      }
      default:
        settlement satisfies never;
    }
  }

  private async returnLater({ message, session }: Hand, error: unknown): Promise<void> {
    this.options.onError(asColouriseError(error));
    await new Promise((resolve) => setTimeout(resolve, faultPauseMs));
    try {
      if (!session.ended.aborted) session.pulling.nack(message, false, true);
    } catch (closed) {
      // The end of the connection returns it as well.
      this.options.onError(asColouriseError(closed));
    }
  }

  /** Published anew rather than requeued: the broker would count a requeue against the job. */
  private async giveBack(hand: Hand): Promise<void> {
    const { message, received, session } = hand;
    const { jobs } = this.options.topology;
    const { job, tries } = received;
    try {
      await session.publisher.send({
        exchange: jobs,
        routingKey: `back.${laneOf(job.priority)}`,
        ...jobMessage(job, tries),
        confirmMs: settlingMs,
      });
      session.pulling.ack(message);
      session.publisher.ring(this.options.topology.bell);
    } catch (error) {
      // The end of the connection returns it, at the price of one fault.
      this.options.onError(asColouriseError(error));
    }
  }

  private async closeLine(line: Line, graceMs: number): Promise<void> {
    line.open = false;
    const begun = performance.now();
    // A silent broker never answers the question for the next job; an answer that comes later is given back.
    if (this.filling) await withinMs(this.filling, settlingMs);
    const inHand = Promise.all([...line.hands].map(({ done }) => done));
    const leftMs = graceMs - (performance.now() - begun);
    if (leftMs > 0) await withinMs(inHand, leftMs);
    const unfinished = [...line.hands];
    line.hands.clear();
    this.lines.delete(line);
    if (this.lines.size === 0) clearTimeout(this.timer);
    await Promise.all(unfinished.map((hand) => this.end(hand)));
  }

  private async end(hand: Hand): Promise<void> {
    if (hand.settling) {
      await withinMs(hand.done, settlingMs);
      return;
    }
    hand.abort.abort(new ColouriseError('QUEUE_UNAVAILABLE', 'the consumer closes'));
    await this.giveBack(hand);
  }
}
