import { once } from 'node:events';
import { verifyTrail } from '../../adapters/audit-chain.js';
import { openBooks } from '../../compose/identity.js';
import type { Settings } from '../../config/load-settings.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

const linesAtOnce = 500;

/** Whether the audit is as it was written. @param seal noted earlier; it must be among those that are found */
export async function verifyAudit(
  settings: Settings,
  seal: string | undefined,
  output: Output,
): Promise<ExitCode> {
  const books = openBooks(settings, () => new Date());
  try {
    const verdict = await verifyTrail(books.audit, seal);
    const text = verdict.whole
      ? `${verdict.lines} lines, all as they were written; seal of the last: ${verdict.seal}`
      : `line ${verdict.at}: ${verdict.fault}; ${verdict.lines} lines before it are as they were written`;
    output.result(verdict, text);
    return verdict.whole ? exitCodes.done : exitCodes.refused;
  } finally {
    books.close();
  }
}

/** Writes the audit to standard output as JSON lines, oldest first. */
export async function exportAudit(
  settings: Settings,
  { since, until }: { readonly since?: Date; readonly until?: Date },
): Promise<ExitCode> {
  const books = openBooks(settings, () => new Date());
  try {
    let last = 0;
    for (;;) {
      const entries = books.audit.after(last, linesAtOnce);
      for (const entry of entries) {
        if ((since && entry.at < since) || (until && entry.at >= until)) continue;
        if (!process.stdout.write(`${JSON.stringify(entry)}\n`))
          await once(process.stdout, 'drain');
      }
      last = entries.at(-1)?.seq ?? last;
      if (entries.length < linesAtOnce) return exitCodes.done;
    }
  } finally {
    books.close();
  }
}
