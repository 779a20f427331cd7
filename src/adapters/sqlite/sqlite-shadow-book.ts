import type { ShadowFigures, ShadowPair, ShadowResult, ShadowRow } from '../../domain/shadow.js';
import { keptPerPair, type ShadowBook } from '../../ports/shadow-book.js';
import type { SqlValue, StateDatabase } from './database.js';

interface StoredShadow {
  readonly imageId: string;
  readonly storedModel: string;
  readonly storedVersion: string;
  readonly model: string;
  readonly modelVersion: string;
  readonly at: number;
  readonly inferMs: number;
  readonly code: string | null;
  readonly figures: string | null;
}

const ofPair = `storedModel = :storedModel AND storedVersion = :storedVersion
  AND model = :model AND modelVersion = :modelVersion`;

/** Shadows in the database of the ledger, whose triggers forget them with their image. */
export class SqliteShadowBook implements ShadowBook {
  private readonly database: StateDatabase;
  private readonly now: () => Date;

  constructor(database: StateDatabase, now: () => Date) {
    this.database = database;
    this.now = now;
  }

  record(result: ShadowResult): void {
    const pair = pairColumns(result);
    this.database.transaction(() => {
      this.database.run(
        `INSERT OR REPLACE INTO shadows
           (imageId, storedModel, storedVersion, model, modelVersion, at, inferMs, code, figures)
         SELECT id, :storedModel, :storedVersion, :model, :modelVersion, :at, :inferMs, :code, :figures
           FROM images WHERE id = :imageId`,
        {
          ...pair,
          imageId: result.jobId,
          at: this.now().getTime(),
          inferMs: result.inferMs,
          code: 'code' in result ? result.code : null,
          figures: 'figures' in result ? JSON.stringify(result.figures) : null,
        },
      );
      this.database.run(
        `DELETE FROM shadows WHERE age IN (
           SELECT age FROM shadows WHERE ${ofPair} ORDER BY age DESC LIMIT -1 OFFSET ${keptPerPair})`,
        pair,
      );
    });
  }

  pairs(): readonly ShadowPair[] {
    return this.database
      .all<Omit<StoredShadow, 'at'>>(
        `SELECT DISTINCT storedModel, storedVersion, model, modelVersion FROM shadows
         ORDER BY storedModel, storedVersion, model, modelVersion`,
      )
      .map(pairOf);
  }

  rows(pair: ShadowPair, limit: number): readonly ShadowRow[] {
    return this.database
      .all<StoredShadow>(`SELECT * FROM shadows WHERE ${ofPair} ORDER BY age DESC LIMIT :limit`, {
        ...pairColumns(pair),
        limit,
      })
      .map(shadowRow);
  }
}

function pairColumns({ stored, shadow }: ShadowPair): Readonly<Record<string, SqlValue>> {
  return {
    storedModel: stored.model,
    storedVersion: stored.modelVersion,
    model: shadow.model,
    modelVersion: shadow.modelVersion,
  };
}

function pairOf(
  row: Pick<StoredShadow, 'storedModel' | 'storedVersion' | 'model' | 'modelVersion'>,
): ShadowPair {
  const { storedModel, storedVersion, model, modelVersion } = row;
  return {
    stored: { model: storedModel, modelVersion: storedVersion },
    shadow: { model, modelVersion },
  };
}

function shadowRow(row: StoredShadow): ShadowRow {
  const { imageId: jobId, inferMs, code, figures } = row;
  const common = { ...pairOf(row), jobId, inferMs, at: new Date(row.at) };
  if (figures !== null) return { ...common, figures: JSON.parse(figures) as ShadowFigures };
  return { ...common, code: code ?? 'INTERNAL' };
}
