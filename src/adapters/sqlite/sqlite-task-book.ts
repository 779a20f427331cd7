import type { AuditFacts } from '../../domain/audit.js';
import { ColouriseError } from '../../domain/errors.js';
import type { ImageRow } from '../../ports/ledger.js';
import type { AuditLine, TaskBook, TaskKind, TaskRecord } from '../../ports/upkeep.js';
import type { StateDatabase } from './database.js';
import { SqliteAudit } from './sqlite-audit.js';

interface StoredTask {
  readonly id: number;
  readonly kind: TaskKind;
  readonly startedAt: number;
  readonly place: string;
  readonly report: string;
}

/** Tasks and what they did, in the database of the ledger. */
export class SqliteTaskBook implements TaskBook {
  private readonly database: StateDatabase;
  private readonly now: () => Date;
  private readonly trail: SqliteAudit;

  constructor(database: StateDatabase, now: () => Date) {
    this.database = database;
    this.now = now;
    this.trail = new SqliteAudit(database, now);
  }

  begin(
    kind: TaskKind,
    options: Readonly<Record<string, unknown>>,
    askedBy: string,
    resumableSince: Date,
  ): TaskRecord {
    const text = JSON.stringify(options);
    return this.database.transaction(() => {
      const left = this.database.get<StoredTask & { endedAt: number | null }>(
        `SELECT * FROM tasks WHERE kind = :kind AND options = :text AND startedAt >= :since
         ORDER BY id DESC LIMIT 1`,
        { kind, text, since: resumableSince.getTime() },
      );
      if (left?.endedAt === null) return taskRecord(left);
      this.database.run(
        'INSERT INTO tasks (kind, options, askedBy, startedAt) VALUES (:kind, :text, :askedBy, :now)',
        { kind, text, askedBy, now: this.now().getTime() },
      );
      const sql = 'SELECT * FROM tasks WHERE id = last_insert_rowid()';
      const [begun] = this.database.all<StoredTask>(sql).map(taskRecord);
      if (!begun) throw new Error('a task that was written cannot be read');
      return begun;
    });
  }

  save(id: number, place: unknown, report: unknown): void {
    this.database.run('UPDATE tasks SET place = :place, report = :report WHERE id = :id', {
      id,
      place: json(place),
      report: json(report),
    });
  }

  finish(id: number, report: unknown): void {
    this.database.run('UPDATE tasks SET endedAt = :now, report = :report WHERE id = :id', {
      id,
      now: this.now().getTime(),
      report: json(report),
    });
  }

  last(kind: TaskKind, askedBy: string) {
    const row = this.database.get<{ startedAt: number; endedAt: number | null }>(
      'SELECT startedAt, endedAt FROM tasks WHERE kind = ? AND askedBy = ? ORDER BY id DESC LIMIT 1',
      [kind, askedBy],
    );
    return row && { startedAt: new Date(row.startedAt), isFinished: row.endedAt !== null };
  }

  audit(task: number, { action, image }: AuditLine): void {
    const sql = 'SELECT askedBy FROM tasks WHERE id = ?';
    const { askedBy } = this.database.get<{ askedBy: string }>(sql, [task]) ?? {};
    if (askedBy === undefined) throw new ColouriseError('INTERNAL', `no task ${task} was begun`);
    this.trail.append(
      {
        action: `image.${action}`,
        outcome: 'done',
        who: askedBy,
        kind: 'service',
        address: 'local',
        target: image.id,
        details: { task, ...identifiers(image) },
      },
      `task ${task} ${action} ${image.id}`,
    );
  }
}

/** What an auditor finds an image by. */
function identifiers({ model, modelVersion, source, output }: ImageRow): AuditFacts['details'] {
  return {
    ...(model === undefined ? {} : { model }),
    ...(modelVersion === undefined ? {} : { modelVersion }),
    ...(source && {
      StudyInstanceUID: source.StudyInstanceUID,
      sourceSOPInstanceUID: source.SOPInstanceUID,
    }),
    ...(output && {
      outputSeriesInstanceUID: output.SeriesInstanceUID,
      outputSOPInstanceUID: output.SOPInstanceUID,
    }),
  };
}

function taskRecord({ id, kind, startedAt, place, report }: StoredTask): TaskRecord {
  return {
    id,
    kind,
    startedAt: new Date(startedAt),
    place: JSON.parse(place) ?? undefined,
    report: JSON.parse(report) ?? undefined,
  };
}

const json = (value: unknown) => JSON.stringify(value ?? null);
