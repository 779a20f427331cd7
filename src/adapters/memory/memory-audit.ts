import type { AuditEntry, AuditEvent } from '../../domain/audit.js';
import type { AuditFilter, AuditTrail } from '../../ports/audit.js';
import { firstSeal, sealOf } from '../audit-chain.js';

/** Twin of the audit. */
export class MemoryAudit implements AuditTrail {
  private readonly entries: AuditEntry[] = [];
  private readonly keys = new Set<string>();
  private readonly now: () => Date;

  constructor(now: () => Date) {
    this.now = now;
  }

  append(event: AuditEvent, once?: string): void {
    if (once !== undefined && this.keys.has(once)) return;
    if (once !== undefined) this.keys.add(once);
    const entry = { ...event, seq: this.entries.length + 1, at: this.now() };
    const seal = sealOf(this.entries.at(-1)?.seal ?? firstSeal, entry);
    this.entries.push({ ...entry, seal });
  }

  page({ action, who, outcome, since, until, before, limit }: AuditFilter): readonly AuditEntry[] {
    return this.entries
      .filter((entry) => action === undefined || entry.action === action)
      .filter((entry) => who === undefined || entry.who === who)
      .filter((entry) => outcome === undefined || entry.outcome === outcome)
      .filter(({ at }) => since === undefined || at >= since)
      .filter(({ at }) => until === undefined || at < until)
      .filter(({ seq }) => before === undefined || seq < before)
      .toReversed()
      .slice(0, limit);
  }

  after(seq: number, limit: number): readonly AuditEntry[] {
    return this.entries.slice(seq, seq + limit);
  }

  lastWritten(): number {
    return this.entries.length;
  }
}
