import { ColouriseError } from '../../domain/errors.js';
import type { Job, Outcome } from '../../domain/job.js';
import { stateAfter } from '../../domain/settle.js';
import type { Ledger, PendingArrival, RoutedArrival } from '../../ports/ledger.js';
import type { StateDatabase } from './database.js';
import { writeDecision } from './decided-rows.js';
import { dropForwards, nothingToForward, openForwards, reopenForwards } from './forward-rows.js';
import { reopenRow } from './image-columns.js';

/** What arrived and what became of it, in SQLite. Closing it closes the database. */
export class SqliteLedger implements Ledger {
  private readonly database: StateDatabase;
  private readonly now: () => Date;
  /** The opening under which `unpublished` last offered each job. */
  private offered = new Map<string, number>();

  constructor(database: StateDatabase, now: () => Date) {
    this.database = database;
    this.now = now;
  }

  cursor(): number {
    const sql = "SELECT value FROM facts WHERE name = 'cursor'";
    return this.database.get<{ value: number }>(sql)?.value ?? 0;
  }

  lastRow(): string | undefined {
    const sql = "SELECT text FROM facts WHERE name = 'cursor'";
    return this.database.get<{ text: string | null }>(sql)?.text ?? undefined;
  }

  admit(
    arrivals: readonly { readonly orthancId: string; readonly seq: number }[],
    cursor: number,
    lastRow?: string,
  ): void {
    const now = this.now().getTime();
    this.database.transaction(() => {
      for (const { orthancId, seq } of arrivals) {
        this.database.run(
          `INSERT INTO arrivals (orthancId, seq, arrivedAt, dueAt) VALUES (:orthancId, :seq, :now, :now)
           ON CONFLICT (orthancId) DO UPDATE
             SET seq = :seq, arrivedAt = :now, dueAt = :now, attempts = 0, reason = ''
             WHERE seq <> :seq`,
          { orthancId, seq, now },
        );
      }
      this.database.run(
        `INSERT INTO facts (name, value, text) VALUES ('cursor', :cursor, :lastRow)
         ON CONFLICT (name) DO UPDATE SET value = :cursor, text = :lastRow`,
        { cursor, lastRow: lastRow ?? null },
      );
    });
  }

  askFor(orthancIds: readonly string[]): void {
    const given = { now: this.now().getTime(), seq: this.cursor() };
    this.database.transaction(() => {
      for (const orthancId of orthancIds) {
        this.database.run(
          `INSERT INTO arrivals (orthancId, seq, arrivedAt, dueAt, wished)
             VALUES (:orthancId, :seq, :now, :now, 1)
           ON CONFLICT (orthancId) DO UPDATE
             SET arrivedAt = :now, dueAt = :now, attempts = 0, reason = '', wished = 1`,
          { ...given, orthancId },
        );
      }
    });
  }

  startOver(): void {
    this.database.transaction(() => {
      // No change has a negative number, so whatever comes now is news.
      this.database.run('UPDATE arrivals SET seq = -1');
      this.database.run("DELETE FROM facts WHERE name = 'cursor'");
    });
  }

  dueArrivals(limit: number): readonly PendingArrival[] {
    return this.database
      .all<{ orthancId: string; seq: number; arrivedAt: number; attempts: number }>(
        `SELECT orthancId, seq, arrivedAt, attempts FROM arrivals
         WHERE dueAt IS NOT NULL AND (dueAt <= :now OR arrivedAt > :now) ORDER BY dueAt, seq LIMIT :limit`,
        { now: this.now().getTime(), limit },
      )
      .map((row) => ({ ...row, arrivedAt: new Date(row.arrivedAt) }));
  }

  postpone(orthancId: string, until: Date, reason: string, attempts: number): void {
    this.database.run(
      `UPDATE arrivals SET dueAt = :until, attempts = :attempts, reason = :reason
       WHERE orthancId = :orthancId AND dueAt IS NOT NULL`,
      { orthancId, until: until.getTime(), reason, attempts },
    );
  }

  decide(orthancId: string, routed: RoutedArrival): void {
    this.database.transaction(() => {
      const arrival = this.database.get<{ arrivedAt: number; wished: number }>(
        'SELECT arrivedAt, wished FROM arrivals WHERE orthancId = ?',
        [orthancId],
      );
      if (!arrival) throw new ColouriseError('INTERNAL', `${orthancId} was never admitted`);
      this.database.run('UPDATE arrivals SET dueAt = NULL, wished = 0 WHERE orthancId = ?', [
        orthancId,
      ]);
      this.database.run('DELETE FROM images WHERE id = ?', [`a-${orthancId}`]);
      writeDecision(this.database, { ...arrival, orthancId }, routed, this.now());
    });
  }

  unpublished(limit: number): readonly Job[] {
    const rows = this.database.all<{ id: string; openings: number; job: string }>(
      `SELECT id, openings, job FROM images
       WHERE published = 0 AND (state = 'pending' OR openings > 1) AND notBefore <= :now
       ORDER BY arrivedAt, id LIMIT :limit`,
      { now: this.now().getTime(), limit },
    );
    this.offered = new Map(rows.map(({ id, openings }) => [id, openings]));
    return rows.map(({ job }) => JSON.parse(job) as Job);
  }

  offerAgain(before: Date): number {
    return this.database.run(
      `UPDATE images SET published = 0, openings = openings + 1
       WHERE state = 'pending' AND published = 1 AND arrivedAt < ?`,
      [before.getTime()],
    );
  }

  markPublished(jobIds: readonly string[]): void {
    this.database.transaction(() => {
      for (const id of jobIds) {
        const opening = this.offered.get(id);
        if (opening === undefined) continue;
        this.database.run(
          'UPDATE images SET published = 1 WHERE id = :id AND openings = :opening',
          {
            id,
            opening,
          },
        );
      }
    });
  }

  record(jobId: string, outcome: Outcome): void {
    this.database.transaction(() => {
      const isNews = this.recordRow(jobId, outcome);
      if (!isNews || stateAfter(outcome) !== 'stored') return;
      openForwards(this.database, jobId, outcome.outcome === 'stored', this.now());
    });
  }

  /** False where the row stays as it is. */
  private recordRow(jobId: string, outcome: Outcome): boolean {
    const retry = outcome.outcome === 'retry';
    const changing = retry ? "= 'pending'" : "<> 'stored'";
    const changes = this.database.run(
      `UPDATE images SET state = :state, settledAt = :settledAt, code = :code, reason = :reason,
         attempts = attempts + 1, timingsMs = :timingsMs, probability = :probability,
         outputSeriesInstanceUID = :outputSeries, outputSOPInstanceUID = :outputInstance
       WHERE id = :jobId AND job IS NOT NULL AND state ${changing}
         AND (code IS NOT 'WITHDRAWN' OR :state = 'stored')`,
      {
        jobId,
        state: stateAfter(outcome),
        settledAt: retry ? null : this.now().getTime(),
        code: 'code' in outcome ? outcome.code : null,
        reason: 'reason' in outcome ? outcome.reason : null,
        timingsMs: JSON.stringify(outcome.timingsMs),
        probability: 'probability' in outcome ? outcome.probability : null,
        outputSeries: 'output' in outcome ? outcome.output.SeriesInstanceUID : null,
        outputInstance: 'output' in outcome ? outcome.output.SOPInstanceUID : null,
      },
    );
    return changes === 1;
  }

  withdraw(id: string, reason: string): boolean {
    const now = this.now();
    return this.database.transaction(() => {
      const changes = this.database.run(
        `UPDATE images SET state = 'skipped', code = 'WITHDRAWN', reason = :reason, settledAt = :now,
           published = 1,
           outputSeriesInstanceUID = NULL, outputSOPInstanceUID = NULL, probability = NULL
         WHERE id = :id AND state = 'stored'`,
        { id, reason, now: now.getTime() },
      );
      if (changes === 1) dropForwards(this.database, id, now);
      return changes === 1;
    });
  }

  announceRedo(id: string): void {
    this.database.run("UPDATE images SET code = 'REDO' WHERE id = ? AND state = 'stored'", [id]);
  }

  requeue(id: string): boolean {
    return this.database.transaction(() => {
      if (!this.isStored(id)) return false;
      reopenRow(this.database, id);
      reopenForwards(this.database, id, this.now());
      return true;
    });
  }

  prune(before: Date, limit: number): number {
    const given = { before: before.getTime(), limit };
    return this.database.transaction(() => {
      const images = this.database.run(
        `DELETE FROM images WHERE id IN (
           SELECT id FROM images
           WHERE state IN ('stored', 'skipped') AND settledAt < :before
             AND code IS NOT 'WITHDRAWN' AND ${nothingToForward} LIMIT :limit)`,
        given,
      );
      this.database.run(
        `DELETE FROM arrivals WHERE orthancId IN (
           SELECT orthancId FROM arrivals WHERE dueAt IS NULL AND arrivedAt < :before
             AND NOT EXISTS (SELECT 1 FROM images WHERE images.orthancId = arrivals.orthancId)
           LIMIT :limit)`,
        given,
      );
      return images;
    });
  }

  close(): void {
    this.database.close();
  }

  private isStored(id: string): boolean {
    const row = this.database.get<{ state: string }>('SELECT state FROM images WHERE id = ?', [id]);
    return row?.state === 'stored';
  }
}
