import type { Outcome } from '../domain/job.js';
import type { RoutedArrival } from './ledger.js';
import type { Settled } from './queue.js';

/**
 * Hears what happens, to count and time it. What it makes public names stages, outcomes and codes, of which there
 * are few: never an image, a study or a person.
 */
export interface Telemetry {
  /** Rows of new instances in the change log; a log that is read again is counted again. */
  arrived(instances: number): void;
  decided(routed: RoutedArrival): void;
  /** A job was taken in hand here. */
  began(): void;
  /** What one attempt came to, where the work is done; undefined when it went back to the queue unfinished. */
  attempted(outcome: Outcome | undefined): void;
  /**
   * What was recorded, where the ledger is; a settlement that is told twice counts twice.
   * @param sinceArrivalMs from the admission of its event until now; of stored images only
   */
  settled(settled: Settled, sinceArrivalMs?: number): void;
  /** What became of a picture that a model in the shadow should see; left out where the budget was spent. */
  shadowed(result: 'compared' | 'failed' | 'left-out'): void;
  /** What one attempt at a destination came to, where it was answered. */
  forwarded(destination: string, outcome: 'sent' | 'retry' | 'failed' | 'dropped'): void;
  /** One message to somebody. */
  notified(channel: string, outcome: 'sent' | 'failed'): void;
  /** One run of a network: the pictures in it, and the places that it has for them. */
  readonly inferred: (pictures: number, places: number) => void;
}

/** A state at the moment of asking. */
export interface Reading {
  /** Without the prefix that all share: `queue_jobs`. */
  readonly name: string;
  /** One sentence, with the unit. */
  readonly help: string;
  /** None while it cannot be known: a figure of long ago would pass for one of now. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Everything in the text format of Prometheus. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}
