import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { ColouriseError } from '../../domain/errors.js';
import { migrations } from './schema.js';

export type SqlValue = string | number | null | Uint8Array;
type Parameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

const fileName = 'colouriser.db';
/** How long a statement waits for a reader that holds the file. */
const busyTimeoutMs = 5_000;

/** Another process, most likely `serve`, writes this data folder. */
export class DataFolderBusy extends ColouriseError {
  constructor(path: string, cause: unknown) {
    const message = `another process already writes ${path}: stop it, or use another data folder`;
    super('QUEUE_UNAVAILABLE', message, { cause });
  }
}

/**
 * The one file that holds ledger and queue, so that neither can be restored without the other.
 * Statements are kept by their text; SQLite's errors leave as ColouriseError: `QUEUE_UNAVAILABLE`
 * when the disk is full, failing or locked, `INTERNAL` when the statement itself is wrong.
 */
export class StateDatabase {
  private readonly connection: Libsql.Database;
  private readonly lock: Libsql.Database | undefined;
  private readonly statements = new Map<string, Libsql.Statement>();

  private constructor(connection: Libsql.Database, lock?: Libsql.Database) {
    this.connection = connection;
    this.lock = lock;
  }

  /**
   * Opens or creates the database for the one process that writes it, and brings its schema up to date.
   * @param outlivesPowerCuts what was committed is on the disk: needed where another server keeps what belongs to it
   * @throws `QUEUE_UNAVAILABLE` while another process writes it, or when the folder cannot be written
   * @throws `CONFIG_INVALID` when a newer release has written it
   */
  static openForWriting(
    folder: string,
    { outlivesPowerCuts = false }: { readonly outlivesPowerCuts?: boolean } = {},
  ): StateDatabase {
    const path = join(folder, fileName);
    return translated(`open ${path}`, () => {
      mkdirSync(folder, { recursive: true });
      const lock = takeLock(path);
      try {
        const database = new StateDatabase(connect(path), lock);
        database.migrate(path);
        if (outlivesPowerCuts) database.execute('PRAGMA synchronous = FULL');
        return database;
      } catch (error) {
        lock.close();
        throw error;
      }
    });
  }

  /**
   * Opens the database beside its writer, for questions only.
   * @throws `QUEUE_UNAVAILABLE` when there is none, or none of this release's schema
   */
  static openForReading(folder: string): StateDatabase {
    const path = join(folder, fileName);
    if (!existsSync(path)) throw unavailable(`${path} does not exist: the service has not run yet`);
    return translated(`open ${path}`, () => {
      const database = new StateDatabase(connect(readOnly(path)));
      const version = database.version();
      if (version === migrations.length) return database;
      database.close();
      throw unavailable(`${path} has schema ${version}, this release reads ${migrations.length}`);
    });
  }

  /**
   * Opens the database beside the service that writes it, to change what belongs to nobody's work: users, tokens, audit.
   * @throws `QUEUE_UNAVAILABLE` when there is none, or none of this release's schema
   */
  static openBeside(folder: string): StateDatabase {
    const path = join(folder, fileName);
    return translated(`open ${path}`, () => {
      const database = new StateDatabase(connect(path));
      const version = database.version();
      if (version === migrations.length) return database;
      database.close();
      throw unavailable(`${path} has schema ${version}, this release writes ${migrations.length}`);
    });
  }

  all<Row>(sql: string, parameters: Parameters = []): Row[] {
    return translated(sql, () => this.statement(sql).all(parameters) as Row[]);
  }

  /** The first row. SQL carries no types: the caller states its shape, as with `all`. */
  get<Row>(sql: string, parameters: Parameters = []): Readonly<Row> | undefined {
    return this.all<Row>(sql, parameters)[0];
  }

  /** Returns the number of rows that changed. */
  run(sql: string, parameters: Parameters = []): number {
    return translated(sql, () => this.statement(sql).run(parameters).changes);
  }

  /** All of `work` or nothing of it. Must not be nested. */
  transaction<T>(work: () => T): T {
    this.execute('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.execute('COMMIT');
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.connection.inTransaction) this.execute('ROLLBACK');
      throw error;
    }
  }

  /** Safe to repeat. Whatever was not committed is gone, as after a crash. */
  close(): void {
    if (!this.connection.open) return;
    this.statements.clear();
    this.connection.close();
    this.lock?.close();
  }

  private migrate(path: string): void {
    const version = this.version();
    if (version > migrations.length) {
      throw new ColouriseError(
        'CONFIG_INVALID',
        `${path} has schema ${version} and this release knows ${migrations.length}: a newer release has written it`,
      );
    }
    for (const [index, migration] of migrations.entries()) {
      if (index < version) continue;
      this.transaction(() => {
        this.execute(migration);
        this.execute(`PRAGMA user_version = ${index + 1}`);
      });
    }
  }

  private version(): number {
    return this.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  }

  private execute(sql: string): void {
    translated(sql, () => this.connection.exec(sql));
  }

  private statement(sql: string): Libsql.Statement {
    if (!this.connection.open) throw unavailable('the ledger is closed');
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.connection.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

/**
 * Copies the database into a new file that only its owner reads, as of one moment; whoever writes it goes on.
 * @throws `CONFIG_INVALID` when there is nothing to copy, or the file exists; `QUEUE_UNAVAILABLE` when the copy fails
 */
export function copyDatabase(folder: string, target: string): void {
  const path = join(folder, fileName);
  if (!existsSync(path)) throw new ColouriseError('CONFIG_INVALID', `${path} does not exist`);
  if (existsSync(target)) {
    throw new ColouriseError('CONFIG_INVALID', `${target} exists: name a new file`);
  }
  translated(`copy ${path}`, () => {
    closeSync(openSync(target, 'wx', 0o600));
    const source = connect(readOnly(path));
    try {
      source.prepare('VACUUM INTO ?').run([target]);
    } finally {
      source.close();
    }
    const copy = new Libsql(readOnly(target));
    const [check] = copy.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
    copy.close();
    if (check?.integrity_check !== 'ok') throw unavailable(`${target} is damaged`);
  });
}

const readOnly = (path: string) => `file:${encodeURI(path)}?mode=ro`;

/**
 * A WAL that is synchronised at checkpoints only: `kill -9` loses nothing, and a power cut loses the last
 * moments of ledger and queue together, which the archive's change log then tells again. With a broker that is not
 * enough: it forgets news once they are recorded, and an image whose record was lost would be pending for ever.
 */
function connect(path: string): Libsql.Database {
  const connection = new Libsql(path, { timeout: busyTimeoutMs });
  if (!path.startsWith('file:')) connection.exec('PRAGMA journal_mode = WAL');
  connection.exec(`
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -32000; -- KiB: the indices of 100,000 rows
    PRAGMA wal_autocheckpoint = 4000; -- pages of 4 KiB: synchronises once in some hundred jobs
  `);
  return connection;
}

/**
 * An exclusive transaction on a file of its own, held open: the kernel ends it with its process, however
 * that dies, and readers of the database never notice.
 */
function takeLock(path: string): Libsql.Database {
  const lock = new Libsql(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
    return lock;
  } catch (error) {
    lock.close();
    if (sqliteCode(error)?.startsWith('SQLITE_BUSY') !== true) throw error;
    throw new DataFolderBusy(path, error);
  }
}

function translated<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ColouriseError) throw error;
    const message = `${what.trim().split('\n', 1)[0] ?? ''}: ${error instanceof Error ? error.message : String(error)}`;
    const code = sqliteCode(error);
    const ours =
      code !== undefined && /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|MISUSE|RANGE)/.test(code);
    throw ours
      ? new ColouriseError('INTERNAL', message, { cause: error })
      : unavailable(message, error);
  }
}

function sqliteCode(error: unknown): string | undefined {
  return error instanceof Libsql.SqliteError ? error.code : undefined;
}

function unavailable(message: string, cause?: unknown): ColouriseError {
  return new ColouriseError('QUEUE_UNAVAILABLE', message, { cause });
}
