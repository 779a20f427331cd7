import type { Concern, Condition } from './notices.js';

/** What is looked at: the state of the service, as far as somebody may have to be told of it. */
export interface Vitals {
  readonly now: number;
  /** Milliseconds since 1970: when a job was last settled, or the service began. */
  readonly lastSettledAt: number;
  readonly failedImages: number;
  /** By the last sweep. */
  readonly missingImages: number;
  readonly readyJobs: number;
  readonly archiveReachable: boolean;
  /** Inference runs on other hardware than it should. */
  readonly fellBack: boolean;
  readonly rulesFault: boolean;
  readonly destinations: readonly {
    readonly destination: string;
    readonly pending: number;
    readonly failed: number;
    readonly isAway: boolean;
  }[];
}

/** A queue that nobody has moved for so long is no queue that is being worked on, ms. */
const stillMs = 60_000;

/** What is not well. */
export function concernsOf(vitals: Vitals): readonly Concern[] {
  const { now, lastSettledAt, readyJobs, archiveReachable, destinations } = vitals;
  const stands = readyJobs > 0 && archiveReachable && now - lastSettledAt > stillMs;
  return [
    ...when('dead-letters', vitals.failedImages > 0, vitals.failedImages),
    ...when('missing', vitals.missingImages > 0, vitals.missingImages),
    ...when('workers-lost', stands, readyJobs),
    ...when('model-gate', vitals.fellBack),
    ...when('rules-fault', vitals.rulesFault),
    ...when('archive-away', !archiveReachable),
    ...destinations.flatMap(({ destination, pending, failed, isAway }) => [
      ...when('destination-away', isAway, pending, destination),
      ...when('forwards-failed', failed > 0, failed, destination),
    ]),
  ];
}

function when(condition: Condition, holds: boolean, count = 0, subject = ''): readonly Concern[] {
  return holds ? [{ condition, subject, count }] : [];
}
