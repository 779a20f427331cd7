import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { asColouriseError, ColouriseError } from '../domain/errors.js';
import { afterRefusal, type DueForward, type ForwardPolicy } from '../domain/forward.js';
import { isOutage } from '../domain/settle.js';
import type { AuditTrail } from '../ports/audit.js';
import type { DestinationStatus } from '../http/api.js';
import type { ForwardBook, Forwarder } from '../ports/forwarding.js';
import type { Telemetry } from '../ports/telemetry.js';
import type { ArchiveWatch } from './archive-watch.js';
import { type Loop, startLoop, type StepResult } from './loop.js';

export interface ForwardTools {
  readonly book: ForwardBook;
  readonly forwarders: readonly Forwarder[];
  readonly watch: Pick<ArchiveWatch, 'whenWell'>;
  readonly policy: ForwardPolicy;
  /** How long an image waits for a destination that is away, ms. */
  readonly keepMs: number;
  /** One line for each image that left for another server. */
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly telemetry: Pick<Telemetry, 'forwarded'>;
  /** A row changed. */
  readonly changed: () => void;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Colour images on their way to other servers. */
export interface Forwarding {
  /** Looks for something to send now. */
  wake(): void;
  /** Of the settings, and others that rows still name. */
  destinations(): readonly DestinationStatus[];
  /** Ends once what is under way is sent; `hangUp` ends that too. */
  stop(): Promise<void>;
  hangUp(): void;
}

const pollMs = 1_000;
/** A destination that is away is asked at least this often: once it is back it must not wait long. */
const longestPauseMs = 60_000;
const upkeepMs = 60_000;

/**
 * One loop for each destination, so that none waits for another; each sends one image at a time, and neither the
 * archive nor the pipeline waits for any of them.
 */
export function startForwarding(tools: ForwardTools): Forwarding {
  const { forwarders, book, log } = tools;
  const loops = forwarders.map((forwarder) => ({
    forwarder,
    loop: startLoop(
      { name: `forward to ${forwarder.destination}`, pollMs, maxBackOffMs: longestPauseMs, log },
      () => sendNext(forwarder, tools),
    ),
  }));
  const upkeep: Loop = startLoop(
    { name: 'forward', pollMs: upkeepMs, maxBackOffMs: upkeepMs, log },
    () => Promise.resolve(settleHopeless(tools)),
  );
  return {
    wake() {
      for (const { loop } of loops) loop.wake();
    },
    destinations() {
      const backlog = new Map(book.backlog().map((each) => [each.destination, each]));
      const known = loops.map(({ forwarder: { destination, kind }, loop: { fault } }) => ({
        ...(backlog.get(destination) ?? { destination, pending: 0, failed: 0 }),
        kind,
        ...(fault === undefined ? {} : { fault }),
      }));
      for (const { destination } of known) backlog.delete(destination);
      return [...known, ...backlog.values()];
    },
    async stop() {
      await Promise.all([upkeep.stop(), ...loops.map(({ loop }) => loop.stop())]);
    },
    hangUp() {
      for (const forwarder of forwarders) forwarder.close();
    },
  };
}

/** @throws what keeps the destination from taking anything, for its loop to pause */
async function sendNext(forwarder: Forwarder, tools: ForwardTools): Promise<StepResult> {
  const { book, watch, telemetry, changed, log } = tools;
  const { destination } = forwarder;
  const [due] = book.due(destination, 1);
  if (due === undefined) return 'idle';
  if (!(await watch.whenWell())) return 'idle';
  const { SOPInstanceUID } = due.instance;
  const facts = { image: due.imageId, destination, SOPInstanceUID };
  try {
    if ((await forwarder.send(due.instance)) === 'sent') {
      noteExport(due, tools);
      book.record(due, { state: 'sent' });
      log.info(facts, 'forwarded');
      telemetry.forwarded(destination, 'sent');
    } else {
      const reason = 'its colour is no longer in the archive';
      const step = { state: 'dropped', attempts: due.attempts + 1, code: 'SOURCE_GONE' } as const;
      book.record(due, { ...step, reason });
      log.warn({ ...facts, reason }, 'not forwarded');
      telemetry.forwarded(destination, 'dropped');
    }
  } catch (thrown) {
    return afterFault(due, await blamed(asColouriseError(thrown), forwarder), tools);
  }
  changed();
  return 'more';
}

/** Written once, also where a process died before its row was settled, and the image was sent again. */
function noteExport({ imageId, destination, opening, instance }: DueForward, tools: ForwardTools) {
  const { StudyInstanceUID, SOPInstanceUID } = instance;
  tools.audit.append(
    {
      action: 'image.forward',
      outcome: 'done',
      who: 'service',
      kind: 'service',
      address: 'local',
      target: imageId,
      details: { destination, StudyInstanceUID, SOPInstanceUID },
    },
    `forward ${imageId} ${destination} ${opening}`,
  );
}

/** An image at which a destination breaks off, while it answers otherwise, must not hold up the others. */
async function blamed(error: ColouriseError, forwarder: Forwarder): Promise<ColouriseError> {
  if (error.code !== 'DESTINATION_UNAVAILABLE') return error;
  try {
    await forwarder.probe();
    return new ColouriseError('DESTINATION_FAILED', error.message, { cause: error });
  } catch {
    return error;
  }
}

function afterFault(due: DueForward, error: ColouriseError, tools: ForwardTools): StepResult {
  const { book, policy, telemetry, changed, log } = tools;
  const { code, message: reason } = error;
  // The archive is away: its watch says so, and nothing is said of the destination.
  const isOfArchive = !code.startsWith('DESTINATION_');
  if (isOfArchive && isOutage(code)) return 'idle';
  const step = afterRefusal(error, due.attempts, policy, randomInt(1_000_000) / 1_000_000);
  book.record(due, step);
  changed();
  if (isOutage(code)) throw error;
  const { imageId: image, destination, instance } = due;
  const facts = { image, destination, SOPInstanceUID: instance.SOPInstanceUID, code, reason };
  if (step.state === 'failed') log.error(facts, 'not forwarded');
  else log.warn(facts, 'will be forwarded again');
  telemetry.forwarded(destination, step.state === 'failed' ? 'failed' : 'retry');
  return 'more';
}

/** What waits for a destination that nobody knows any more, or has been away for too long. */
function settleHopeless({ book, forwarders, keepMs, now, log, changed }: ForwardTools): StepResult {
  const known = forwarders.map(({ destination }) => destination);
  const unknown = book.refuseOthers(known);
  if (unknown > 0)
    log.error({ images: unknown }, 'not forwarded: the destination is not in the settings');
  const days = Math.round(keepMs / 86_400_000);
  const late = book.expire(new Date(now().getTime() - keepMs), `gave up after ${days} days`);
  if (late > 0)
    log.error({ images: late, days }, 'not forwarded: the destination was away too long');
  if (unknown + late > 0) changed();
  return 'idle';
}
