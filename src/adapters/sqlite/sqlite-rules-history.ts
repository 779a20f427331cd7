import { mostEditions, type RulesEdition, type RulesHistory } from '../../ports/rules-history.js';
import type { StateDatabase } from './database.js';

interface StoredEdition {
  readonly id: number;
  readonly version: string;
  readonly textHash: string;
  readonly inForceSince: number;
  readonly origin: RulesEdition['origin'];
  readonly by: string | null;
  readonly note: string | null;
  readonly rules: number;
}

const columns = 'id, version, textHash, inForceSince, origin, "by", note, rules';

/** Texts of the rules file, in the database of the ledger. */
export class SqliteRulesHistory implements RulesHistory {
  private readonly database: StateDatabase;
  private readonly now: () => Date;

  constructor(database: StateDatabase, now: () => Date) {
    this.database = database;
    this.now = now;
  }

  add(edition: Omit<RulesEdition, 'id' | 'inForceSince'>, text: string): RulesEdition {
    const inForceSince = this.now();
    const { by = null, note = null, version, textHash, origin, rules } = edition;
    return this.database.transaction(() => {
      this.database.run(
        `INSERT INTO rulesEditions (version, textHash, inForceSince, origin, "by", note, rules, text)
         VALUES (:version, :textHash, :since, :origin, :by, :note, :rules, :text)`,
        { version, textHash, since: inForceSince.getTime(), origin, by, note, rules, text },
      );
      const id = this.database.get<{ id: number }>('SELECT last_insert_rowid() AS id')?.id ?? 0;
      this.database.run('DELETE FROM rulesEditions WHERE id <= ?', [id - mostEditions]);
      return { ...edition, id, inForceSince };
    });
  }

  latest(): RulesEdition | undefined {
    return this.editions(1)[0];
  }

  edition(id: number): RulesEdition | undefined {
    const row = this.database.get<StoredEdition>(
      `SELECT ${columns} FROM rulesEditions WHERE id = ?`,
      [id],
    );
    return row && editionOf(row);
  }

  text(id: number): string | undefined {
    const sql = 'SELECT text FROM rulesEditions WHERE id = ?';
    return this.database.get<{ text: string }>(sql, [id])?.text;
  }

  editions(
    limit: number,
    { before, version }: Parameters<RulesHistory['editions']>[1] = {},
  ): readonly RulesEdition[] {
    const clauses = [
      ...(before === undefined ? [] : ['id < :before']),
      ...(version === undefined ? [] : ['version = :version']),
    ];
    const where = clauses.length === 0 ? '' : `WHERE ${clauses.join(' AND ')}`;
    return this.database
      .all<StoredEdition>(
        `SELECT ${columns} FROM rulesEditions ${where} ORDER BY id DESC LIMIT :limit`,
        {
          ...(before === undefined ? {} : { before }),
          ...(version === undefined ? {} : { version }),
          limit,
        },
      )
      .map(editionOf);
  }
}

function editionOf({ by, note, inForceSince, ...row }: StoredEdition): RulesEdition {
  return {
    ...row,
    inForceSince: new Date(inForceSince),
    ...(by === null ? {} : { by }),
    ...(note === null ? {} : { note }),
  };
}
