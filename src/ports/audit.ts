import type { AuditAction, AuditEntry, AuditEvent } from '../domain/audit.js';

export interface AuditFilter {
  readonly action?: AuditAction;
  readonly who?: string;
  readonly outcome?: AuditEvent['outcome'];
  readonly since?: Date;
  readonly until?: Date;
  /** Lines older than this number, for paging. */
  readonly before?: number;
  readonly limit: number;
}

/** Who did what: lines that are added and never changed, each sealed to the one before. */
export interface AuditTrail {
  /** @param once a line with this key is written once, however often it is asked for */
  append(event: AuditEvent, once?: string): void;
  /** Newest first. */
  page(filter: AuditFilter): readonly AuditEntry[];
  /** Oldest first, behind a number; 0 for the beginning. */
  after(seq: number, limit: number): readonly AuditEntry[];
  /** The number of the last line that was ever written, 0 before the first; more than is held where lines are gone. */
  lastWritten(): number;
}

/** Whether every line is as it was written, and none is gone. */
export type AuditVerdict =
  | { readonly whole: true; readonly lines: number; readonly seal: string }
  /** `at`: the first line that is not what it was, or is gone. */
  | { readonly whole: false; readonly lines: number; readonly at: number; readonly fault: string };
