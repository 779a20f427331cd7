import type { ErrorCode } from '../../domain/errors.js';
import type { Job } from '../../domain/job.js';
import type { Settlement } from '../../domain/settle.js';
import type { QueueDepth } from '../../ports/queue.js';
import { LeasedQueue, type LeasedQueueOptions } from '../leases/leased-queue.js';
import type { DeadLetter, Leased, LeaseStore } from '../leases/lease-store.js';
import type { StateDatabase } from './database.js';

/**
 * The queue in the database of the ledger. Whatever a dead predecessor had in hand is ready at once:
 * the database has one writer, so nobody else can be holding it.
 */
export function openSqliteQueue(database: StateDatabase, options: LeasedQueueOptions): LeasedQueue {
  const store = new SqliteLeaseStore(database);
  store.releaseAll();
  return new LeasedQueue(store, options);
}

export class SqliteLeaseStore implements LeaseStore {
  private readonly database: StateDatabase;

  constructor(database: StateDatabase) {
    this.database = database;
  }

  /** A job that kills its process would do so for ever: each release counts as a fault. */
  releaseAll(): void {
    this.database.run(
      "UPDATE queue SET state = 'ready', faults = faults + 1 WHERE state = 'leased'",
    );
  }

  publish(jobs: readonly Job[]): void {
    this.database.transaction(() => {
      for (const job of jobs) {
        this.database.run(
          `INSERT INTO queue (id, job, priority, state) VALUES (:id, :job, :priority, 'ready')
           ON CONFLICT (id) DO UPDATE
             SET job = :job, priority = :priority, state = 'ready', dueAt = 0,
               faults = 0, outages = 0, code = NULL, reason = NULL
             WHERE state = 'dead'`,
          { id: job.id, job: JSON.stringify(job), priority: job.priority },
        );
      }
    });
  }

  wake(now: number, longestPauseMs: number): readonly string[] {
    const beyond = now + longestPauseMs;
    const latest = this.database.get<{ dueAt: number | null }>(
      "SELECT max(dueAt) AS dueAt FROM queue WHERE state = 'delayed'",
    );
    if ((this.nextDue() ?? Infinity) > now && (latest?.dueAt ?? 0) <= beyond) return [];
    return this.database.transaction(() => {
      this.database.run(
        "UPDATE queue SET state = 'ready' WHERE state = 'delayed' AND (dueAt <= ? OR dueAt > ?)",
        [now, beyond],
      );
      return this.database
        .all<{ id: string }>(
          `UPDATE queue SET state = 'ready', faults = faults + 1
           WHERE state = 'leased' AND dueAt <= ? RETURNING id`,
          [now],
        )
        .map(({ id }) => id);
    });
  }

  claim(leaseUntil: number): Leased | undefined {
    const row = this.database.all<{
      job: string;
      lease: number;
      faults: number;
      outages: number;
    }>(
      `UPDATE queue SET state = 'leased', dueAt = ?, lease = lease + 1
       WHERE age = (SELECT age FROM queue WHERE state = 'ready' ORDER BY priority DESC, age LIMIT 1)
       RETURNING job, lease, faults, outages`,
      [leaseUntil],
    )[0];
    if (!row) return undefined;
    const { job, lease, faults, outages } = row;
    return { job: JSON.parse(job) as Job, lease, tries: { faults, outages } };
  }

  renew({ job, lease }: Leased, leaseUntil: number): boolean {
    return this.held('UPDATE queue SET dueAt = :leaseUntil', job.id, lease, { leaseUntil });
  }

  settle({ job, lease }: Leased, settlement: Settlement, now: number): boolean {
    switch (settlement.effect) {
      case 'ack':
        return this.held('DELETE FROM queue', job.id, lease, {});
      case 'redeliver':
        return this.held(
          "UPDATE queue SET state = 'delayed', dueAt = :dueAt, faults = :faults, outages = :outages",
          job.id,
          lease,
          { dueAt: now + settlement.afterMs, ...settlement.tries },
        );
      case 'dead-letter':
        return this.held(
          `UPDATE queue SET state = 'dead', dueAt = :now, faults = faults + 1,
             code = :code, reason = :reason`,
          job.id,
          lease,
          { now, code: settlement.code, reason: settlement.reason },
        );
      default:
        return settlement satisfies never;
    }
  }

  giveBack({ job, lease }: Leased): void {
    this.held("UPDATE queue SET state = 'ready'", job.id, lease, {});
  }

  nextDue(): number | undefined {
    const row = this.database.get<{ dueAt: number | null }>(
      `SELECT min(dueAt) AS dueAt FROM (
         SELECT min(dueAt) AS dueAt FROM queue WHERE state = 'delayed'
         UNION ALL SELECT min(dueAt) FROM queue WHERE state = 'leased')`,
    );
    return row?.dueAt ?? undefined;
  }

  depth(now: number): QueueDepth {
    const row = this.database.get<QueueDepth>(
      `SELECT
         (SELECT count(*) FROM queue WHERE state = 'ready')
           + (SELECT count(*) FROM queue WHERE state = 'delayed' AND dueAt <= :now) AS ready,
         (SELECT count(*) FROM queue WHERE state = 'delayed' AND dueAt > :now) AS delayed,
         (SELECT count(*) FROM queue WHERE state = 'leased') AS inFlight,
         (SELECT count(*) FROM queue WHERE state = 'dead') AS dead`,
      { now },
    );
    const { ready = 0, delayed = 0, inFlight = 0, dead = 0 } = row ?? {};
    return { ready, delayed, inFlight, dead };
  }

  deadLetters(limit: number): readonly DeadLetter[] {
    return this.database
      .all<{ job: string; code: ErrorCode; reason: string; attempts: number; diedAt: number }>(
        `SELECT job, code, reason, faults + outages AS attempts, dueAt AS diedAt
         FROM queue WHERE state = 'dead' ORDER BY dueAt DESC LIMIT ?`,
        [limit],
      )
      .map((row) => ({ ...row, job: JSON.parse(row.job) as Job, diedAt: new Date(row.diedAt) }));
  }

  /** Does something to a job only while this lease holds it. */
  private held(
    change: string,
    id: string,
    lease: number,
    given: Readonly<Record<string, string | number>>,
  ): boolean {
    const sql = `${change} WHERE id = :id AND lease = :lease AND state = 'leased'`;
    return this.database.run(sql, { ...given, id, lease }) === 1;
  }
}
