/** Writes to the table of forwards that go with a write to an image, inside the caller's transaction. */
import type { Forward, ForwardState } from '../../domain/forward.js';
import type { StateDatabase } from './database.js';

/** As a condition on a row of `images`. */
export const nothingToForward = `NOT EXISTS (
  SELECT 1 FROM forwards WHERE imageId = images.id AND state IN ('pending', 'failed'))`;

/** Pending again, whatever it was. */
export const pendingAgain = `state = 'pending', opening = opening + 1, attempts = 0, since = :now, dueAt = :now,
  code = NULL, reason = NULL, settledAt = NULL`;

/**
 * A stored image is due at each destination of its job.
 * @param anew whether it was stored now; where it was found stored, what is known of a destination stays
 */
export function openForwards(database: StateDatabase, id: string, anew: boolean, now: Date): void {
  database.run(
    `INSERT INTO forwards (imageId, destination, state, since, dueAt)
       SELECT DISTINCT images.id, each.value, 'pending', :now, :now
       FROM images, json_each(images.job, '$.forward') AS each WHERE images.id = :id
     ON CONFLICT (imageId, destination) DO UPDATE SET ${pendingAgain} WHERE :anew = 1`,
    { id, anew: anew ? 1 : 0, now: now.getTime() },
  );
}

/** What was sent, or was to be, is replaced by what is stored next. */
export function reopenForwards(database: StateDatabase, id: string, now: Date): void {
  database.run(`UPDATE forwards SET ${pendingAgain} WHERE imageId = :id`, {
    id,
    now: now.getTime(),
  });
}

export function dropForwards(database: StateDatabase, id: string, now: Date): void {
  database.run(
    `UPDATE forwards SET state = 'dropped', code = 'WITHDRAWN', reason = 'its colour was withdrawn',
       settledAt = :now
     WHERE imageId = :id AND state IN ('pending', 'failed')`,
    { id, now: now.getTime() },
  );
}

interface StoredForward {
  readonly destination: string;
  readonly state: ForwardState;
  readonly attempts: number;
  readonly code: string | null;
  readonly reason: string | null;
  readonly since: number;
  readonly settledAt: number | null;
}

/** By destination. */
export function forwardsOf(database: StateDatabase, imageId: string): readonly Forward[] {
  return database
    .all<StoredForward>(
      `SELECT destination, state, attempts, code, reason, since, settledAt FROM forwards
       WHERE imageId = ? ORDER BY destination`,
      [imageId],
    )
    .map(({ destination, state, attempts, code, reason, since, settledAt }) => ({
      destination,
      state,
      attempts,
      ...(code === null ? {} : { code }),
      ...(reason === null ? {} : { reason }),
      since: new Date(since),
      ...(settledAt === null ? {} : { settledAt: new Date(settledAt) }),
    }));
}
