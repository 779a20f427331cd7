import type { DueForward, Forward, ForwardBacklog, ForwardStep } from '../domain/forward.js';
import type { InstanceRef } from '../domain/job.js';

/** Which rows are sent again; all failed ones where nothing is named. */
export interface ForwardFilter {
  readonly destination?: string;
  readonly imageId?: string;
}

/**
 * Colour images on their way to other servers. Rows come into being with the outcome `stored`, in its transaction; here
 * is what those ask and say who send.
 */
export interface ForwardBook {
  /** Pending ones of images that are stored, whose time has come, longest due first. */
  due(destination: string, limit: number): readonly DueForward[];
  /** Ignored where the row was settled or opened anew since it was due. */
  record(due: DueForward, step: ForwardStep): void;
  /** Fails what has waited since before a date; returns how many. */
  expire(before: Date, reason: string): number;
  /** Fails what waits for a destination that is none of these; returns how many. */
  refuseOthers(known: readonly string[]): number;
  /** Failed ones become pending with their attempts forgotten; returns how many. */
  retry(filter: ForwardFilter): number;
  of(imageId: string): readonly Forward[];
  /** Of destinations with anything pending or failed, by name. */
  backlog(): readonly ForwardBacklog[];
}

/** The way to one destination. */
export interface Forwarder {
  readonly destination: string;
  readonly kind: 'dicomweb' | 'modality' | 'peer';
  /**
   * Sends one instance from the archive. Repeating it is safe: its UID stays. `gone`: the archive no longer holds it.
   * @throws `DESTINATION_UNAVAILABLE`, `DESTINATION_UNAUTHORISED`, `DESTINATION_UNKNOWN`, `DESTINATION_REFUSED`,
   * `DESTINATION_FAILED`; the archive's own codes where that is away
   */
  send(instance: InstanceRef): Promise<'sent' | 'gone'>;
  /** What answers there, in a few words. @throws as `send` does */
  probe(): Promise<string>;
  /** Ends what is under way. */
  close(): void;
}
