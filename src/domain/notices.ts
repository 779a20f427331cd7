/** Which troubles somebody is told of, and when: decided from what was known before and what is seen now. */
import { backOffMs } from './back-off.js';

interface ConditionKind {
  readonly title: string;
  /** Must last before it is told: servers come and go. */
  readonly lasts: boolean;
  readonly next: string;
}

/** Everything that somebody is told of, on one screen. */
export const conditions = {
  'dead-letters': {
    title: 'images failed',
    lasts: false,
    next: 'Look at the failed images: each has a code and what to do. Mend, then retry.',
  },
  missing: {
    title: 'images that the change log had not told of',
    lasts: false,
    next: 'They are decided now. Was the change log cleared, or Orthanc or the ledger restored?',
  },
  'workers-lost': {
    title: 'nobody colours, though images wait',
    lasts: true,
    next: 'Look at the workers: running, warm, connected to broker and Orthanc?',
  },
  'model-gate': {
    title: 'a network or its hardware does not work',
    lasts: false,
    next: 'Look at the log; `colouriser doctor` and `models verify` look again.',
  },
  'destination-away': {
    title: 'colour cannot be sent to a destination',
    lasts: true,
    next: 'What is for it waits. `colouriser forward list` says why.',
  },
  'forwards-failed': {
    title: 'images were given up for a destination',
    lasts: false,
    next: 'Mend, then `colouriser forward retry`.',
  },
  'rules-fault': {
    title: 'the edited rules are not taken',
    lasts: false,
    next: 'The rules before are in force. `colouriser rules check` lists every fault.',
  },
  'archive-away': {
    title: 'Orthanc is away',
    lasts: true,
    next: 'Images wait. `colouriser doctor` says why.',
  },
  trial: { title: 'a trial: messages arrive', lasts: false, next: 'Nothing is to be done.' },
} as const satisfies Record<string, ConditionKind>;

export type Condition = keyof typeof conditions;

/** Something that is not well now. Nothing of it names a patient or an image. */
export interface Concern {
  readonly condition: Condition;
  /** Which of several, as the name of a destination; empty where there is one. */
  readonly subject: string;
  /** Images that it is about; 0 where it is about none. */
  readonly count: number;
}

/** A concern as one channel knows it. Plain data: it outlives the process. */
interface Known extends Concern {
  /** Milliseconds since 1970, as all times here. */
  readonly since: number;
  /** What was told last; absent before the first time. */
  readonly told?: { readonly at: number; readonly count: number };
  /** Since when it is over; absent while it lasts. */
  readonly over?: number;
}

/** What one channel has told. */
export interface NoticeMemory {
  readonly known: readonly Known[];
  readonly lastSentAt?: number;
  /** Deliveries that failed in a row. */
  readonly failures: number;
  readonly nextTryAt?: number;
}

export const nothingTold: NoticeMemory = { known: [], failures: 0 };

export interface NoticePolicy {
  /** Between two messages of a channel, ms. */
  readonly pauseMs: number;
  /** How long servers must be away, or back, before it is told, ms. */
  readonly patienceMs: number;
}

/** One line of a message. */
export interface NoticeEvent extends Concern {
  readonly state: 'raised' | 'grown' | 'resolved';
  /** How many more than when it was told last. */
  readonly more: number;
  readonly since: Date;
}

const keyOf = ({ condition, subject }: Concern) => `${condition}/${subject}`;

/** What is known once these are all the concerns there are. */
export function observed(
  memory: NoticeMemory,
  concerns: readonly Concern[],
  now: number,
): NoticeMemory {
  const seen = new Map(concerns.map((concern) => [keyOf(concern), concern]));
  const still = memory.known.flatMap((known): Known[] => {
    const concern = seen.get(keyOf(known));
    seen.delete(keyOf(known));
    if (concern) {
      const { condition, subject, since, told: before } = known;
      // What was mended meanwhile, and failed anew, is news.
      const told = before && { ...before, count: Math.min(before.count, concern.count) };
      return [{ condition, subject, since, count: concern.count, ...(told ? { told } : {}) }];
    }
    // Nobody need hear that something is over of which nobody has heard.
    return known.told ? [{ ...known, over: known.over ?? now }] : [];
  });
  const fresh = [...seen.values()].map((concern): Known => ({ ...concern, since: now }));
  return { ...memory, known: [...still, ...fresh] };
}

/** What is to be told now, all in one message; empty while nothing is, or the last message was sent just before. */
export function dueEvents(
  memory: NoticeMemory,
  { pauseMs, patienceMs }: NoticePolicy,
  now: number,
): readonly NoticeEvent[] {
  const { lastSentAt, nextTryAt } = memory;
  // A clock that was set back must not silence anybody.
  const waits = (from: number | undefined, ms: number) =>
    from !== undefined && from <= now && now - from < ms;
  if (waits(lastSentAt, pauseMs)) return [];
  if (nextTryAt !== undefined && nextTryAt > now && nextTryAt - now <= longestBackOff.maxMs) {
    return [];
  }
  return memory.known.flatMap((known) => eventOf(known, patienceMs, now));
}

function eventOf(known: Known, patienceMs: number, now: number): readonly NoticeEvent[] {
  const { condition, subject, count, told, over } = known;
  const lasts = conditions[condition].lasts ? patienceMs : 0;
  const facts = { condition, subject, count, since: new Date(known.since) };
  if (over !== undefined) {
    return now - over >= lasts ? [{ ...facts, state: 'resolved', more: 0 }] : [];
  }
  if (!told) return now - known.since >= lasts ? [{ ...facts, state: 'raised', more: count }] : [];
  const more = count - told.count;
  return more > 0 && !conditions[condition].lasts ? [{ ...facts, state: 'grown', more }] : [];
}

/** After a message with these events was delivered. */
export function told(
  memory: NoticeMemory,
  events: readonly NoticeEvent[],
  now: number,
): NoticeMemory {
  const sent = new Map(events.map((event) => [keyOf(event), event]));
  const known = memory.known.flatMap((each): Known[] => {
    const event = sent.get(keyOf(each));
    if (!event) return [each];
    return event.state === 'resolved' ? [] : [{ ...each, told: { at: now, count: event.count } }];
  });
  return { known, lastSentAt: now, failures: 0 };
}

/** From a moment to an hour: a channel that is away is tried again with what is true then, and nothing piles up. */
const longestBackOff = { baseMs: 10_000, maxMs: 3_600_000 };

/** After a message was not delivered. @param random a number in [0, 1) */
export function undelivered(memory: NoticeMemory, now: number, random: number): NoticeMemory {
  const failures = memory.failures + 1;
  return { ...memory, failures, nextTryAt: now + backOffMs(failures, longestBackOff, random) };
}
