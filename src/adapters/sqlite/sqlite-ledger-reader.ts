import type { MeasuredModel } from '../../domain/rehearsal.js';
import type {
  Balance,
  EndedSweep,
  HourOfWork,
  ImageFilter,
  ImageRow,
  ImageState,
  KeptDecision,
  LedgerReader,
} from '../../ports/ledger.js';
import type { SqlValue, StateDatabase } from './database.js';
import { readExplanation } from './explanations.js';
import { forwardsOf } from './forward-rows.js';
import { imageRow, type StoredImage } from './image-row.js';
import { rulesInUse, workByHour } from './sqlite-activity.js';

const hourMs = 3_600_000;

/** Stored rows whose timings are averaged: those of late. */
const measuredRows = 2_000;

/** Above this many matches of a UID's start, reading by time finds a page sooner than sorting them. */
const broadMatch = 2_000;

/** Answers what the console and the API ask; may run in another process than the writer. */
export class SqliteLedgerReader implements LedgerReader {
  private readonly database: StateDatabase;
  private readonly now: () => Date;

  constructor(database: StateDatabase, now: () => Date) {
    this.database = database;
    this.now = now;
  }

  balance(since = new Date(0)): Balance {
    const firstHour = Math.ceil(since.getTime() / hourMs);
    const given = { since: since.getTime(), firstHour, firstHourStart: firstHour * hourMs };
    const [undecided] = this.database.all<{ n: number }>(
      'SELECT count(*) AS n FROM arrivals WHERE dueAt IS NOT NULL AND arrivedAt >= :since',
      given,
    );
    const states = this.database.all<{ state: ImageState; n: number }>(
      `SELECT state, sum(n) AS n FROM (
         SELECT state, n FROM tallies WHERE hour >= :firstHour
         UNION ALL
         SELECT state, 1 FROM images
           WHERE state IN ('pending', 'stored', 'skipped', 'failed')
             AND arrivedAt >= :since AND arrivedAt < :firstHourStart)
       GROUP BY state`,
      given,
    );
    const counts = new Map(states.map(({ state, n }) => [state, n]));
    const of = (state: ImageState) => counts.get(state) ?? 0;
    return {
      undecided: undecided?.n ?? 0,
      pending: of('pending'),
      stored: of('stored'),
      skipped: of('skipped'),
      failed: of('failed'),
    };
  }

  images(filter: ImageFilter): readonly ImageRow[] {
    const clauses: string[] = [];
    const given: Record<string, SqlValue> = { limit: filter.limit };
    if (filter.state !== undefined) {
      clauses.push('state = :state');
      given['state'] = filter.state;
    }
    if (filter.model !== undefined) {
      clauses.push('model = :model');
      given['model'] = filter.model;
    }
    if (filter.rule !== undefined) {
      clauses.push('rule = :rule');
      given['rule'] = filter.rule;
    }
    if (filter.since !== undefined) {
      clauses.push('arrivedAt >= :since');
      given['since'] = filter.since.getTime();
    }
    if (filter.until !== undefined) {
      clauses.push('arrivedAt < :until');
      given['until'] = filter.until.getTime();
    }
    if (filter.uid !== undefined) {
      Object.assign(given, uidRange(filter.uid));
      clauses.push(this.isBroad(filter.uid) ? uidClause('+') : uidClause(''));
    }
    if (filter.studies !== undefined) {
      clauses.push(
        `StudyInstanceUID IN (SELECT value ->> 'StudyInstanceUID' FROM json_each(:studies))
         AND studyOrthancId IN (SELECT value ->> 'studyOrthancId' FROM json_each(:studies))`,
      );
      given['studies'] = JSON.stringify(filter.studies);
    }
    if (filter.withoutOwnOutput) clauses.push("code IS NOT 'OWN_OUTPUT'");
    if (filter.before !== undefined) {
      clauses.push(
        '(arrivedAt, id) < (SELECT b.arrivedAt, b.id FROM images AS b WHERE b.id = :before)',
      );
      given['before'] = filter.before;
    }
    const where = clauses.length === 0 ? '' : `WHERE ${clauses.join(' AND ')}`;
    const sql = `SELECT * FROM images ${where} ORDER BY arrivedAt DESC, id DESC LIMIT :limit`;
    return this.database.all<StoredImage>(sql, given).map(imageRow);
  }

  image(id: string): ImageRow | undefined {
    const row = this.database.get<StoredImage>('SELECT * FROM images WHERE id = ?', [id]);
    const forwards = row && forwardsOf(this.database, id);
    return row && { ...imageRow(row), ...(forwards && forwards.length > 0 ? { forwards } : {}) };
  }

  decision(id: string): KeptDecision | undefined {
    const sql = 'SELECT rule, rulesVersion, decision AS reason FROM images WHERE id = ?';
    const ruled = this.database.get<KeptDecision>(sql, [id]);
    return ruled && { ...ruled, ...readExplanation(this.database, id) };
  }

  hours(since: Date): readonly HourOfWork[] {
    return workByHour(this.database, since);
  }

  rules(): readonly string[] {
    return rulesInUse(this.database);
  }

  oldestWaiting(): Date | undefined {
    const row = this.database.get<{ oldest: number | null }>(
      `SELECT min(since) AS oldest FROM (
         SELECT min(max(arrivedAt, notBefore)) AS since FROM images
           WHERE state = 'pending' AND notBefore <= :now
         UNION ALL SELECT min(arrivedAt) FROM arrivals WHERE dueAt IS NOT NULL)`,
      { now: this.now().getTime() },
    );
    return row?.oldest == null ? undefined : new Date(row.oldest);
  }

  measured(): readonly MeasuredModel[] {
    return this.database.all<MeasuredModel>(
      `SELECT model, count(*) AS images, avg(json_extract(timingsMs, '$.total')) AS totalMs,
         avg(json_extract(timingsMs, '$.infer')) AS inferMs
       FROM (SELECT model, timingsMs FROM images WHERE state = 'stored'
         ORDER BY arrivedAt DESC, id DESC LIMIT ${measuredRows})
       WHERE json_extract(timingsMs, '$.infer') IS NOT NULL
         AND json_extract(timingsMs, '$.total') IS NOT NULL
       GROUP BY model ORDER BY model`,
    );
  }

  lastSweep(): EndedSweep | undefined {
    const row = this.database.get<{ endedAt: number; report: string }>(
      `SELECT endedAt, report FROM tasks WHERE kind = 'sweep' AND endedAt IS NOT NULL
       ORDER BY id DESC LIMIT 1`,
    );
    return (
      row && {
        endedAt: new Date(row.endedAt),
        report: JSON.parse(row.report) as EndedSweep['report'],
      }
    );
  }

  reopen(id: string): boolean {
    return this.database.transaction(() => this.reopenJob(id) || this.reopenArrival(id));
  }

  private reopenJob(id: string): boolean {
    const changes = this.database.run(
      `UPDATE images SET state = 'pending', published = 0, openings = openings + 1, attempts = 0,
         settledAt = NULL
       WHERE id = ? AND job IS NOT NULL AND state IN ('skipped', 'failed')`,
      [id],
    );
    return changes === 1;
  }

  private reopenArrival(id: string): boolean {
    const row = this.database.get<{ orthancId: string }>(
      'SELECT orthancId FROM images WHERE id = ? AND job IS NULL',
      [id],
    );
    if (!row) return false;
    this.database.run('DELETE FROM images WHERE id = ?', [id]);
    this.database.run('UPDATE arrivals SET dueAt = ?, attempts = 0 WHERE orthancId = ?', [
      this.now().getTime(),
      row.orthancId,
    ]);
    return true;
  }

  private isBroad(uid: string): boolean {
    const matches = uidColumns.map(
      (column) => `(SELECT count(*) FROM (SELECT 1 FROM images
        WHERE ${column} >= :uidFrom AND ${column} < :uidTo LIMIT ${broadMatch}))`,
    );
    const row = this.database.get<{ n: number }>(
      `SELECT max(${matches.join(', ')}) AS n`,
      uidRange(uid),
    );
    return (row?.n ?? 0) >= broadMatch;
  }
}

const uidColumns = ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID'] as const;

/** @param noIndex '+' keeps SQLite from using the indices of the UIDs */
function uidClause(noIndex: '+' | ''): string {
  const matches = uidColumns.map(
    (column) => `(${noIndex}${column} >= :uidFrom AND ${noIndex}${column} < :uidTo)`,
  );
  return `(${matches.join(' OR ')})`;
}

/** UIDs hold digits and dots, so that ':' sorts after each of their continuations. */
function uidRange(start: string): { readonly uidFrom: string; readonly uidTo: string } {
  return { uidFrom: start, uidTo: `${start}:` };
}
