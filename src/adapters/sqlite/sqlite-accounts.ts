import type {
  Accounts,
  FirstLink,
  Session,
  Sessions,
  StoredUser,
  Token,
  Tokens,
  Users,
} from '../../ports/accounts.js';
import type { StateDatabase } from './database.js';

/** A row whose named columns are times. */
type Stored<T, Times extends keyof T> = Omit<T, Times> & Readonly<Record<Times, number>>;
type StoredToken = Omit<Stored<Token, 'createdAt'>, 'expiresAt'> & {
  readonly expiresAt: number | null;
};

/** Users, tokens, sessions and the first link, in the database of the ledger. Service and commands may both write it. */
export class SqliteAccounts implements Accounts {
  private readonly database: StateDatabase;

  constructor(database: StateDatabase) {
    this.database = database;
  }

  readonly users: Users = {
    list: () =>
      this.database
        .all<Stored<StoredUser, 'createdAt' | 'changedAt'>>('SELECT * FROM users ORDER BY name')
        .map(({ name, role, createdAt, changedAt }) => ({
          name,
          role,
          createdAt: new Date(createdAt),
          changedAt: new Date(changedAt),
        })),
    find: (name) => {
      const row = this.database.get<Stored<StoredUser, 'createdAt' | 'changedAt'>>(
        'SELECT * FROM users WHERE name = ?',
        [name],
      );
      return (
        row && { ...row, createdAt: new Date(row.createdAt), changedAt: new Date(row.changedAt) }
      );
    },
    add: ({ name, role, password, createdAt, changedAt }) =>
      this.database.run('INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?, ?)', [
        name,
        role,
        password,
        createdAt.getTime(),
        changedAt.getTime(),
      ]) > 0,
    change: (name, to, at) =>
      this.database.transaction(() => {
        const [column, value] = 'role' in to ? ['role', to.role] : ['password', to.password];
        const changed = this.database.run(
          `UPDATE users SET ${column} = ?, changedAt = ? WHERE name = ?`,
          [value, at.getTime(), name],
        );
        this.endSessions('user', name);
        return changed > 0;
      }),
    remove: (name) =>
      this.database.transaction(() => {
        this.endSessions('user', name);
        return this.database.run('DELETE FROM users WHERE name = ?', [name]) > 0;
      }),
  };

  readonly tokens: Tokens = {
    list: () => this.database.all<StoredToken>(`${selectToken} ORDER BY createdAt`).map(tokenOf),
    find: (hash) => {
      const row = this.database.get<StoredToken>(`${selectToken} WHERE hash = ?`, [hash]);
      return row && tokenOf(row);
    },
    add: ({ id, name, role, createdAt, createdBy, expiresAt }, hash) => {
      this.database.run('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?)', [
        id,
        hash,
        name,
        role,
        createdAt.getTime(),
        createdBy,
        expiresAt?.getTime() ?? null,
      ]);
    },
    revoke: (id) =>
      this.database.transaction(() => {
        this.endSessions('token', id);
        return this.database.run('DELETE FROM tokens WHERE id = ?', [id]) > 0;
      }),
  };

  readonly sessions: Sessions = {
    find: (hash) => {
      const row = this.database.get<Stored<Session, 'seenAt' | 'expiresAt'>>(
        'SELECT source, subject, role, seenAt, expiresAt FROM sessions WHERE hash = ?',
        [hash],
      );
      return row && { ...row, seenAt: new Date(row.seenAt), expiresAt: new Date(row.expiresAt) };
    },
    open: ({ source, subject, role, seenAt, expiresAt }, hash) => {
      this.database.run('INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)', [
        hash,
        source,
        subject,
        role,
        seenAt.getTime(),
        expiresAt.getTime(),
      ]);
    },
    touch: (hash, at) => {
      this.database.run('UPDATE sessions SET seenAt = ? WHERE hash = ?', [at.getTime(), hash]);
    },
    end: (hash) => {
      this.database.run('DELETE FROM sessions WHERE hash = ?', [hash]);
    },
    prune: (endedBefore, unseenSince) => {
      this.database.run('DELETE FROM sessions WHERE expiresAt < ? OR seenAt < ?', [
        endedBefore.getTime(),
        unseenSince.getTime(),
      ]);
    },
  };

  readonly firstLink: FirstLink = {
    issue: (hash, expiresAt) => {
      this.database.run('INSERT OR REPLACE INTO firstLink VALUES (1, ?, ?)', [
        hash,
        expiresAt.getTime(),
      ]);
    },
    redeem: (hash, at) =>
      this.database.run('DELETE FROM firstLink WHERE hash = ? AND expiresAt > ?', [
        hash,
        at.getTime(),
      ]) > 0,
  };

  private endSessions(source: Session['source'], subject: string): void {
    this.database.run('DELETE FROM sessions WHERE source = ? AND subject = ?', [source, subject]);
  }
}

const selectToken = 'SELECT id, name, role, createdAt, createdBy, expiresAt FROM tokens';

function tokenOf({ createdAt, expiresAt, ...row }: StoredToken): Token {
  return {
    ...row,
    createdAt: new Date(createdAt),
    ...(expiresAt === null ? {} : { expiresAt: new Date(expiresAt) }),
  };
}
