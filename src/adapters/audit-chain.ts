import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { sealedText, type AuditEntry } from '../domain/audit.js';
import type { AuditTrail, AuditVerdict } from '../ports/audit.js';

/** What the first line is sealed to. */
export const firstSeal = '0'.repeat(64);

/** SHA-256 over the seal of the line before and everything in this one. */
export function sealOf(before: string, entry: Omit<AuditEntry, 'seal'>): string {
  return createHash('sha256')
    .update(`${before}\n${sealedText(entry)}`)
    .digest('hex');
}

const linesAtOnce = 1000;

/**
 * Whether every line is as it was written and none is gone. Who can write the file can forge a whole new
 * chain: a seal that was noted elsewhere tells, if it is given.
 * @param noted a seal that must be among those that are found
 */
export async function verifyTrail(trail: AuditTrail, noted?: string): Promise<AuditVerdict> {
  let [seal, lines, last] = [firstSeal, 0, 0];
  let wasFound = noted === undefined;
  for (;;) {
    const entries = trail.after(last, linesAtOnce);
    for (const entry of entries) {
      if (entry.seq !== last + 1) return broken(lines, last + 1, 'lines are gone');
      if (sealOf(seal, entry) !== entry.seal) return broken(lines, entry.seq, 'it was changed');
      seal = entry.seal;
      last = entry.seq;
      lines += 1;
      if (seal === noted) wasFound = true;
    }
    if (entries.length < linesAtOnce) break;
    // The service goes on meanwhile.
    await setImmediate();
  }
  if (trail.lastWritten() > last) return broken(lines, last + 1, 'lines at the end are gone');
  if (!wasFound) return broken(lines, lines, 'the noted seal is not among them');
  return { whole: true, lines, seal };
}

function broken(lines: number, at: number, fault: string): AuditVerdict {
  return { whole: false, lines, at, fault };
}
