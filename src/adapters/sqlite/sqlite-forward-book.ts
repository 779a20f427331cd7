import type { DueForward, ForwardBacklog, ForwardStep } from '../../domain/forward.js';
import type { ForwardBook, ForwardFilter } from '../../ports/forwarding.js';
import type { SqlValue, StateDatabase } from './database.js';
import { forwardsOf, pendingAgain } from './forward-rows.js';

interface DueRow {
  readonly imageId: string;
  readonly destination: string;
  readonly opening: number;
  readonly attempts: number;
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
}

/** Colour images on their way to other servers, in the database of the ledger. */
export class SqliteForwardBook implements ForwardBook {
  private readonly database: StateDatabase;
  private readonly now: () => Date;

  constructor(database: StateDatabase, now: () => Date) {
    this.database = database;
    this.now = now;
  }

  due(destination: string, limit: number): readonly DueForward[] {
    return this.database
      .all<DueRow>(
        `SELECT f.imageId, f.destination, f.opening, f.attempts, i.StudyInstanceUID,
           i.outputSeriesInstanceUID AS SeriesInstanceUID, i.outputSOPInstanceUID AS SOPInstanceUID
         FROM forwards AS f JOIN images AS i ON i.id = f.imageId
         WHERE f.destination = :destination AND f.state = 'pending'
           AND (f.dueAt <= :now OR f.since > :now) AND i.state = 'stored'
         ORDER BY f.dueAt, f.imageId LIMIT :limit`,
        { destination, limit, now: this.now().getTime() },
      )
      .map(({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, ...due }) => ({
        ...due,
        instance: { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID },
      }));
  }

  record({ imageId, destination, opening }: DueForward, step: ForwardStep): void {
    const now = this.now().getTime();
    const isPending = step.state === 'pending';
    this.database.run(
      `UPDATE forwards SET state = :state, code = :code, reason = :reason, settledAt = :settledAt,
         attempts = coalesce(:attempts, attempts + 1), dueAt = coalesce(:dueAt, dueAt)
       WHERE imageId = :imageId AND destination = :destination AND opening = :opening
         AND state = 'pending'`,
      {
        imageId,
        destination,
        opening,
        state: step.state,
        attempts: step.state === 'sent' ? null : step.attempts,
        code: step.state === 'sent' ? null : step.code,
        reason: step.state === 'sent' ? null : step.reason,
        settledAt: isPending ? null : now,
        dueAt: isPending && step.afterMs > 0 ? now + step.afterMs : null,
      },
    );
  }

  expire(before: Date, reason: string): number {
    const given = { before: before.getTime(), code: 'DESTINATION_UNAVAILABLE', reason };
    return this.fail('since < :before', given);
  }

  refuseOthers(known: readonly string[]): number {
    const reason = 'the settings do not name this destination';
    const given = { known: JSON.stringify(known), code: 'DESTINATION_UNKNOWN', reason };
    return this.fail('destination NOT IN (SELECT value FROM json_each(:known))', given);
  }

  retry({ destination, imageId }: ForwardFilter): number {
    const clauses = [
      "state = 'failed'",
      ...(destination === undefined ? [] : ['destination = :destination']),
      ...(imageId === undefined ? [] : ['imageId = :imageId']),
    ];
    return this.database.run(`UPDATE forwards SET ${pendingAgain} WHERE ${clauses.join(' AND ')}`, {
      ...(destination === undefined ? {} : { destination }),
      ...(imageId === undefined ? {} : { imageId }),
      now: this.now().getTime(),
    });
  }

  of(imageId: string) {
    return forwardsOf(this.database, imageId);
  }

  backlog(): readonly ForwardBacklog[] {
    return this.database
      .all<{ destination: string; pending: number; failed: number; oldest: number | null }>(
        `SELECT destination, sum(state = 'pending') AS pending, sum(state = 'failed') AS failed,
           min(since) FILTER (WHERE state = 'pending') AS oldest
         FROM forwards WHERE state IN ('pending', 'failed') GROUP BY destination ORDER BY destination`,
      )
      .map(({ oldest, ...counts }) => ({
        ...counts,
        ...(oldest === null ? {} : { oldest: new Date(oldest) }),
      }));
  }

  private fail(clause: string, given: Readonly<Record<string, SqlValue>>): number {
    return this.database.run(
      `UPDATE forwards SET state = 'failed', code = :code, settledAt = :now,
         reason = :reason || coalesce(': ' || reason, '')
       WHERE state = 'pending' AND ${clause}`,
      { ...given, now: this.now().getTime() },
    );
  }
}
