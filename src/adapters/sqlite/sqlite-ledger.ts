import { ColouriseError } from '../../domain/errors.js';
import type { Job, Outcome } from '../../domain/job.js';
import { stateAfter } from '../../domain/settle.js';
import type { Ledger, PendingArrival, RoutedArrival } from '../../ports/ledger.js';
import type { SqlValue, StateDatabase } from './database.js';

type Row = Readonly<Record<string, SqlValue>>;

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

  admit(
    arrivals: readonly { readonly orthancId: string; readonly seq: number }[],
    cursor: number,
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
        `INSERT INTO facts VALUES ('cursor', :cursor)
         ON CONFLICT (name) DO UPDATE SET value = :cursor`,
        { cursor },
      );
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
      const arrival = this.database.get<{ arrivedAt: number }>(
        'SELECT arrivedAt FROM arrivals WHERE orthancId = ?',
        [orthancId],
      );
      if (!arrival) throw new ColouriseError('INTERNAL', `${orthancId} was never admitted`);
      this.database.run('UPDATE arrivals SET dueAt = NULL WHERE orthancId = ?', [orthancId]);
      this.database.run('DELETE FROM images WHERE id = ?', [`a-${orthancId}`]);
      const facts = { ...decisionColumns(routed), orthancId, arrivedAt: arrival.arrivedAt };
      if (routed.jobs.length === 0) this.writeJobless(facts, routed);
      for (const job of routed.jobs) this.writeJob(facts, job);
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
    const retry = outcome.outcome === 'retry';
    const changing = retry ? "= 'pending'" : "<> 'stored'";
    this.database.run(
      `UPDATE images SET state = :state, settledAt = :settledAt, code = :code, reason = :reason,
         attempts = attempts + 1, timingsMs = :timingsMs, probability = :probability,
         outputSeriesInstanceUID = :outputSeries, outputSOPInstanceUID = :outputInstance
       WHERE id = :jobId AND job IS NOT NULL AND state ${changing}`,
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
  }

  prune(before: Date, limit: number): number {
    const given = { before: before.getTime(), limit };
    return this.database.transaction(() => {
      const images = this.database.run(
        `DELETE FROM images WHERE id IN (
           SELECT id FROM images
           WHERE state IN ('stored', 'skipped') AND settledAt < :before LIMIT :limit)`,
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

  private writeJobless(facts: Row, routed: RoutedArrival): void {
    this.insert({
      ...facts,
      id: `a-${String(facts['orthancId'])}`,
      state: routed.failure === undefined ? 'skipped' : 'failed',
      code: routed.failure ?? routed.skip ?? null,
      settledAt: this.now().getTime(),
    });
  }

  private writeJob(facts: Row, job: Job): void {
    const columns = {
      ...facts,
      job: JSON.stringify(job),
      model: job.rendering.model,
      modelVersion: job.rendering.modelVersion,
    };
    const known = this.database.get<{ state: string; published: number }>(
      'SELECT state, published FROM images WHERE id = ?',
      [job.id],
    );
    if (!known) {
      this.insert({ ...columns, id: job.id, state: 'pending' });
    } else if (known.state === 'pending') {
      this.update(job.id, { arrivedAt: facts['arrivedAt'] ?? 0, published: 0 });
      if (known.published === 1) this.countOpening(job.id);
      this.database.run('UPDATE images SET notBefore = min(notBefore, :notBefore) WHERE id = :id', {
        id: job.id,
        notBefore: facts['notBefore'] ?? 0,
      });
    } else {
      this.update(job.id, { ...columns, ...reopened, reason: null, code: null });
      this.countOpening(job.id);
    }
  }

  private countOpening(id: string): void {
    this.database.run('UPDATE images SET openings = openings + 1 WHERE id = ?', [id]);
  }

  private insert(columns: Row): void {
    const names = Object.keys(columns);
    const values = names.map((name) => `:${name}`);
    this.database.run(
      `INSERT INTO images (${names.join(', ')}) VALUES (${values.join(', ')})`,
      columns,
    );
  }

  private update(id: string, columns: Row): void {
    const changes = Object.keys(columns).map((name) => `${name} = :${name}`);
    this.database.run(`UPDATE images SET ${changes.join(', ')} WHERE id = :id`, { ...columns, id });
  }
}

/** A settled row becomes pending again: its result is forgotten, its place in the list is not. */
const reopened: Row = {
  state: 'pending',
  published: 0,
  attempts: 0,
  settledAt: null,
  timingsMs: '{}',
  probability: null,
  outputSeriesInstanceUID: null,
  outputSOPInstanceUID: null,
};

function decisionColumns(routed: RoutedArrival): Row {
  return {
    StudyInstanceUID: routed.source?.StudyInstanceUID ?? null,
    SeriesInstanceUID: routed.source?.SeriesInstanceUID ?? null,
    SOPInstanceUID: routed.source?.SOPInstanceUID ?? null,
    studyOrthancId: routed.source?.studyOrthancId ?? null,
    rule: routed.rule,
    rulesVersion: routed.rulesVersion,
    decision: routed.reason,
    summary: JSON.stringify(routed.summary),
    notBefore: routed.notBefore?.getTime() ?? 0,
  };
}
