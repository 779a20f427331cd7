import type { Fate } from '../../domain/sweep.js';
import type { ImageRow } from '../../ports/ledger.js';
import type { Selection, SelectionCounts, StoredPlace, Upkeep } from '../../ports/upkeep.js';
import type { SqlValue, StateDatabase } from './database.js';
import { imageRow, type StoredImage } from './image-row.js';

/** Ids asked for in one statement: below SQLite's bound on parameters. */
const idsAtOnce = 500;

/** What work on many rows asks of the ledger, in SQLite. */
export class SqliteUpkeep implements Upkeep {
  private readonly database: StateDatabase;

  constructor(database: StateDatabase) {
    this.database = database;
  }

  fates(orthancIds: readonly string[]): ReadonlyMap<string, Fate> {
    const fates = new Map<string, Fate>();
    for (let first = 0; first < orthancIds.length; first += idsAtOnce) {
      for (const [id, fate] of this.fatesOf(orthancIds.slice(first, first + idsAtOnce))) {
        fates.set(id, fate);
      }
    }
    return fates;
  }

  storedSince(since: Date, behind: StoredPlace, limit: number): readonly ImageRow[] {
    return this.database
      .all<StoredImage>(
        `SELECT * FROM images INDEXED BY imagesStored
         WHERE state = 'stored' AND settledAt >= :since AND (StudyInstanceUID, id) > (:study, :id)
         ORDER BY StudyInstanceUID, id LIMIT :limit`,
        {
          since: since.getTime(),
          study: behind.StudyInstanceUID,
          id: behind.id,
          limit,
        },
      )
      .map(imageRow);
  }

  selected(
    selection: Selection & { readonly withdrawn: boolean },
    behind: string,
    limit: number,
  ): readonly ImageRow[] {
    const states = selection.withdrawn
      ? "(state = 'stored' OR code = 'WITHDRAWN')"
      : "state = 'stored'";
    return this.database
      .all<StoredImage>(
        `SELECT * FROM images WHERE ${clauses(selection)} AND ${states} AND id > :behind
         ORDER BY id LIMIT :limit`,
        { ...parameters(selection), behind, limit },
      )
      .map(imageRow);
  }

  count(selection: Selection): SelectionCounts {
    const rows = this.database.all<{ kind: string; n: number; studies: number }>(
      `SELECT iif(code = 'WITHDRAWN', 'withdrawn', state) AS kind, count(*) AS n,
         count(DISTINCT StudyInstanceUID) AS studies
       FROM images WHERE ${clauses(selection)} GROUP BY 1`,
      parameters(selection),
    );
    const of = (kind: string) => rows.find((row) => row.kind === kind);
    return {
      stored: of('stored')?.n ?? 0,
      withdrawn: of('withdrawn')?.n ?? 0,
      pending: this.pendingOf(selection),
      studies: of('stored')?.studies ?? 0,
    };
  }

  /** What is not settled has no time of it, so that every pending row of the model counts. */
  private pendingOf({ model, version, image }: Selection): number {
    const selection = {
      model,
      ...(version === undefined ? {} : { version }),
      ...(image === undefined ? {} : { image }),
    };
    const row = this.database.get<{ n: number }>(
      `SELECT count(*) AS n FROM images WHERE ${clauses(selection)} AND state = 'pending'`,
      parameters(selection),
    );
    return row?.n ?? 0;
  }

  /** The state that most wants somebody's eye, where an arrival led to several rows. */
  private fatesOf(ids: readonly string[]): readonly (readonly [string, Fate])[] {
    const marks = ids.map(() => '?').join(', ');
    return this.database
      .all<{ orthancId: string; undecided: number; fate: number | null; own: number | null }>(
        `SELECT a.orthancId, a.dueAt IS NOT NULL AS undecided,
           min(CASE i.state WHEN 'failed' THEN 0 WHEN 'pending' THEN 1 WHEN 'stored' THEN 2 ELSE 3 END)
             FILTER (WHERE i.id IS NOT NULL) AS fate,
           max(i.code IS 'OWN_OUTPUT') AS own
         FROM arrivals AS a LEFT JOIN images AS i ON i.orthancId = a.orthancId
         WHERE a.orthancId IN (${marks}) GROUP BY a.orthancId`,
        ids,
      )
      .map(({ orthancId, undecided, fate, own }) => {
        if (undecided === 1) return [orthancId, 'pending'];
        if (own === 1) return [orthancId, 'own'];
        // A decided arrival whose rows went with retention was settled long ago.
        return [orthancId, fateOrder[fate ?? 3] ?? 'skipped'];
      });
  }
}

const fateOrder: readonly Fate[] = ['failed', 'pending', 'stored', 'skipped'];

function clauses({ version, since, until, image }: Selection): string {
  return [
    'model = :model',
    ...(version === undefined ? [] : ['modelVersion = :version']),
    ...(since === undefined ? [] : ['settledAt >= :since']),
    ...(until === undefined ? [] : ['settledAt < :until']),
    ...(image === undefined ? [] : ['id = :image']),
  ].join(' AND ');
}

function parameters({ model, version, since, until, image }: Selection): Record<string, SqlValue> {
  return {
    model,
    ...(version === undefined ? {} : { version }),
    ...(since === undefined ? {} : { since: since.getTime() }),
    ...(until === undefined ? {} : { until: until.getTime() }),
    ...(image === undefined ? {} : { image }),
  };
}
