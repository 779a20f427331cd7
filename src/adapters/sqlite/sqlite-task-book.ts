import type { AuditLine, TaskBook, TaskKind, TaskRecord } from '../../ports/upkeep.js';
import type { StateDatabase } from './database.js';

interface StoredTask {
  readonly id: number;
  readonly kind: TaskKind;
  readonly startedAt: number;
  readonly place: string;
  readonly report: string;
}

/** Tasks and audit, in the database of the ledger. */
export class SqliteTaskBook implements TaskBook {
  private readonly database: StateDatabase;
  private readonly now: () => Date;

  constructor(database: StateDatabase, now: () => Date) {
    this.database = database;
    this.now = now;
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
    this.database.run(
      `INSERT OR IGNORE INTO audit (at, task, askedBy, action, imageId, model, modelVersion,
         StudyInstanceUID, sourceSOPInstanceUID, outputSeriesInstanceUID, outputSOPInstanceUID)
       SELECT :at, id, askedBy, :action, :imageId, :model, :modelVersion,
         :study, :source, :outputSeries, :output FROM tasks WHERE id = :task`,
      {
        at: this.now().getTime(),
        task,
        action,
        imageId: image.id,
        model: image.model ?? null,
        modelVersion: image.modelVersion ?? null,
        study: image.source?.StudyInstanceUID ?? null,
        source: image.source?.SOPInstanceUID ?? null,
        outputSeries: image.output?.SeriesInstanceUID ?? null,
        output: image.output?.SOPInstanceUID ?? null,
      },
    );
  }
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
