import type { Principal, Role } from './principal.js';

/** What DICOM calls an act: the kinds of PS3.15 A.5.3 that this software meets. */
export type AuditEventKind =
  | 'application-start'
  | 'application-stop'
  | 'login'
  | 'logout'
  | 'restricted'
  | 'roles-changed'
  | 'user-changed'
  | 'security-configured'
  | 'software-configured'
  | 'instances-accessed'
  | 'patient-record'
  | 'query'
  | 'export'
  | 'audit-used';

interface AuditActionKind {
  readonly event: AuditEventKind;
  /** Create, read, update, delete, execute. */
  readonly code: 'C' | 'R' | 'U' | 'D' | 'E';
}

const kind = (event: AuditEventKind, code: AuditActionKind['code']) => ({ event, code });

/** Everything that leaves a line in the audit, on one screen. */
export const auditActions = {
  'service.start': kind('application-start', 'E'),
  'service.stop': kind('application-stop', 'E'),
  'session.begin': kind('login', 'E'),
  'session.end': kind('logout', 'E'),
  /** Somebody asked for what his role does not allow, or without signing in. */
  'request.refuse': kind('restricted', 'E'),
  'user.add': kind('user-changed', 'C'),
  'user.change': kind('roles-changed', 'U'),
  'user.password': kind('user-changed', 'U'),
  'user.remove': kind('user-changed', 'D'),
  'token.add': kind('user-changed', 'C'),
  'token.revoke': kind('user-changed', 'D'),
  'rules.rehearse': kind('query', 'E'),
  'rules.change': kind('software-configured', 'U'),
  'models.change': kind('software-configured', 'U'),
  'settings.look': kind('security-configured', 'R'),
  'image.retry': kind('instances-accessed', 'U'),
  'image.trigger': kind('instances-accessed', 'C'),
  /** One image of a task each; written before the act. */
  'image.withdraw': kind('instances-accessed', 'D'),
  'image.redo': kind('instances-accessed', 'D'),
  'image.restore': kind('instances-accessed', 'C'),
  'image.reprocess': kind('instances-accessed', 'U'),
  'image.compare': kind('instances-accessed', 'R'),
  'image.forward': kind('export', 'R'),
  'patient.look': kind('patient-record', 'R'),
  'patient.search': kind('query', 'E'),
  'task.begin': kind('instances-accessed', 'E'),
  'task.cancel': kind('instances-accessed', 'E'),
  'audit.export': kind('audit-used', 'R'),
} as const satisfies Record<string, AuditActionKind>;

export type AuditAction = keyof typeof auditActions;

/** What an act was about. Identifiers and figures, never a patient's name. */
export interface AuditFacts {
  /** What was acted on: a user, a token, an image, a version. */
  readonly target?: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** One act: who did what, from where, and whether it was let happen. */
export interface AuditEvent extends AuditFacts {
  readonly action: AuditAction;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly who: string;
  readonly kind: Principal['kind'] | 'service' | 'nobody';
  readonly role?: Role;
  /** Network address, or `local` for a command and for the service itself. */
  readonly address: string;
}

/** A line of the audit; `seal` holds it to the line before. */
export interface AuditEntry extends AuditEvent {
  readonly seq: number;
  readonly at: Date;
  readonly seal: string;
}

/**
 * What a seal is made of: every field, in an order that does not depend on how the line was written.
 * Changing this breaks the proof of every line that was written before.
 */
export function sealedText(entry: Omit<AuditEntry, 'seal'>): string {
  const { seq, at, action, outcome, who, kind: by, role, address, target, details = {} } = entry;
  const sorted = Object.entries(details).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    seq,
    at.getTime(),
    action,
    outcome,
    who,
    by,
    role ?? null,
    address,
    target ?? null,
    sorted,
  ]);
}
