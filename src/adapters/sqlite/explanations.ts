/** Why images were decided as they were: a few hundred bytes beside each row. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Explanation } from '../../domain/rules/explanation.js';
import { keptExplanation, type KeptExplanation } from '../../domain/rules/kept-explanation.js';
import type { KeptDecision } from '../../ports/ledger.js';
import type { StateDatabase } from './database.js';

/** In place of what was kept before; without an explanation nothing is. */
export function keepExplanation(
  database: StateDatabase,
  imageId: string,
  explanation: Explanation | undefined,
  decidedAt: Date,
): void {
  if (!explanation) {
    database.run('DELETE FROM explanations WHERE imageId = ?', [imageId]);
    return;
  }
  const kept = deflateRawSync(JSON.stringify(keptExplanation(explanation)));
  database.run(
    'INSERT OR REPLACE INTO explanations (imageId, decidedAt, explanation) VALUES (?, ?, ?)',
    [imageId, decidedAt.getTime(), kept],
  );
}

export function readExplanation(
  database: StateDatabase,
  imageId: string,
): Pick<KeptDecision, 'decidedAt' | keyof KeptExplanation> {
  const row = database.get<{ decidedAt: number; explanation: Uint8Array }>(
    'SELECT decidedAt, explanation FROM explanations WHERE imageId = ?',
    [imageId],
  );
  if (!row) return {};
  const kept = JSON.parse(inflateRawSync(row.explanation).toString('utf8')) as KeptExplanation;
  return { decidedAt: new Date(row.decidedAt), ...kept };
}
