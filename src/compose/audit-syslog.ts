/** Tells a syslog receiver of every line of the audit. */
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { SqliteAudit } from '../adapters/sqlite/sqlite-audit.js';
import { sendSyslog, type SyslogOptions } from '../adapters/syslog/syslog-sender.js';
import type { Settings } from '../config/load-settings.js';
import { auditMessage } from '../domain/audit-message.js';
import { startLoop } from '../pipeline/loop.js';

const linesAtOnce = 100;
const pollMs = 1000;
const maxBackOffMs = 60_000;

/**
 * Sends what was not sent, in its order; where it was is kept in the ledger, so an outage of the receiver loses nothing
 * that it would show as one. A line may be sent twice.
 */
export function startAuditSyslog(
  { syslog }: Settings,
  audit: SqliteAudit,
  log: Logger,
): { stop(): Promise<void> } {
  const { host, port, transport, caFile, sourceId } = syslog;
  if (host === undefined) return { stop: () => Promise.resolve() };
  const options: SyslogOptions = {
    ...{ host, port, transport },
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
  };
  return startLoop({ name: 'audit to syslog', pollMs, maxBackOffMs, log }, async () => {
    const entries = audit.after(audit.sent(), linesAtOnce);
    const last = entries.at(-1);
    if (!last) return 'idle';
    await sendSyslog(
      options,
      entries.map((entry) => ({
        at: entry.at,
        messageId: 'DICOM+RFC3881',
        text: auditMessage(entry, sourceId),
      })),
    );
    audit.markSent(last.seq);
    return entries.length === linesAtOnce ? 'more' : 'idle';
  });
}
