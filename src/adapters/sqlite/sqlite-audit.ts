import type { AuditEntry, AuditEvent } from '../../domain/audit.js';
import type { AuditFilter, AuditTrail } from '../../ports/audit.js';
import { firstSeal, sealOf } from '../audit-chain.js';
import type { SqlValue, StateDatabase } from './database.js';

interface StoredEntry {
  readonly seq: number;
  readonly at: number;
  readonly action: AuditEntry['action'];
  readonly outcome: AuditEntry['outcome'];
  readonly who: string;
  readonly kind: AuditEntry['kind'];
  readonly role: NonNullable<AuditEntry['role']> | null;
  readonly address: string;
  readonly target: string | null;
  readonly details: string;
  readonly seal: string;
}

/** The audit in the database of the ledger. Service and commands may both write it. */
export class SqliteAudit implements AuditTrail {
  private readonly database: StateDatabase;
  private readonly now: () => Date;

  constructor(database: StateDatabase, now: () => Date) {
    this.database = database;
    this.now = now;
  }

  append(event: AuditEvent, once?: string): void {
    this.database.transaction(() => {
      if (once !== undefined) {
        const known = 'SELECT 1 FROM trail WHERE once = ?';
        if (this.database.get(known, [once])) return;
      }
      const last = this.database.get<{ seq: number; seal: string }>(
        'SELECT seq, seal FROM trail ORDER BY seq DESC LIMIT 1',
      );
      const entry = { ...event, seq: (last?.seq ?? 0) + 1, at: this.now() };
      const seal = sealOf(last?.seal ?? firstSeal, entry);
      this.database.run(
        `INSERT INTO trail (seq, at, action, outcome, who, kind, role, address, target, details, once, seal)
         VALUES (:seq, :at, :action, :outcome, :who, :kind, :role, :address, :target, :details, :once, :seal)`,
        {
          seq: entry.seq,
          at: entry.at.getTime(),
          action: event.action,
          outcome: event.outcome,
          who: event.who,
          kind: event.kind,
          role: event.role ?? null,
          address: event.address,
          target: event.target ?? null,
          details: JSON.stringify(event.details ?? {}),
          once: once ?? null,
          seal,
        },
      );
    });
  }

  page({ action, who, outcome, since, until, before, limit }: AuditFilter): readonly AuditEntry[] {
    const conditions: readonly (readonly [string, SqlValue | undefined])[] = [
      ['action = ?', action],
      ['who = ?', who],
      ['outcome = ?', outcome],
      ['at >= ?', since?.getTime()],
      ['at < ?', until?.getTime()],
      ['seq < ?', before],
    ];
    const given = conditions.filter(([, value]) => value !== undefined);
    const where = given.length === 0 ? '' : `WHERE ${given.map(([sql]) => sql).join(' AND ')}`;
    return this.database
      .all<StoredEntry>(`SELECT * FROM trail ${where} ORDER BY seq DESC LIMIT ?`, [
        ...given.map(([, value]) => value ?? null),
        limit,
      ])
      .map(auditEntry);
  }

  after(seq: number, limit: number): readonly AuditEntry[] {
    return this.database
      .all<StoredEntry>('SELECT * FROM trail WHERE seq > ? ORDER BY seq LIMIT ?', [seq, limit])
      .map(auditEntry);
  }

  /** The last line that was told to a receiver elsewhere; 0 before the first. */
  sent(): number {
    const sql = "SELECT value FROM facts WHERE name = 'auditSent'";
    return this.database.get<{ value: number }>(sql)?.value ?? 0;
  }

  markSent(seq: number): void {
    this.database.run("INSERT OR REPLACE INTO facts (name, value) VALUES ('auditSent', ?)", [seq]);
  }

  lastWritten(): number {
    const sql = "SELECT seq FROM sqlite_sequence WHERE name = 'trail'";
    return this.database.get<{ seq: number }>(sql)?.seq ?? 0;
  }
}

function auditEntry({ at, role, target, details, ...row }: StoredEntry): AuditEntry {
  const { seq, action, outcome, who, kind, address, seal } = row;
  const known = JSON.parse(details) as NonNullable<AuditEntry['details']>;
  return {
    ...{ seq, action, outcome, who, kind, address, seal },
    at: new Date(at),
    ...(role === null ? {} : { role }),
    ...(target === null ? {} : { target }),
    ...(Object.keys(known).length === 0 ? {} : { details: known }),
  };
}
