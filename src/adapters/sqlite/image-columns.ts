/** Writes to the table of images, one column a field. */
import type { RoutedArrival } from '../../ports/ledger.js';
import type { SqlValue, StateDatabase } from './database.js';

export type Row = Readonly<Record<string, SqlValue>>;

export function insertRow(database: StateDatabase, columns: Row): void {
  const names = Object.keys(columns);
  const values = names.map((name) => `:${name}`);
  database.run(`INSERT INTO images (${names.join(', ')}) VALUES (${values.join(', ')})`, columns);
}

export function updateRow(database: StateDatabase, id: string, columns: Row): void {
  const changes = Object.keys(columns).map((name) => `${name} = :${name}`);
  database.run(`UPDATE images SET ${changes.join(', ')} WHERE id = :id`, { ...columns, id });
}

/** A settled row becomes pending again, with other columns if they are given. */
export function reopenRow(database: StateDatabase, id: string, columns: Row = {}): void {
  updateRow(database, id, { ...columns, ...reopened });
  countOpening(database, id);
}

/** One time more that it became pending, or was offered anew. */
export function countOpening(database: StateDatabase, id: string): void {
  database.run('UPDATE images SET openings = openings + 1 WHERE id = ?', [id]);
}

/** Its result is forgotten, its place in the list is not. */
const reopened: Row = {
  state: 'pending',
  published: 0,
  attempts: 0,
  reason: null,
  code: null,
  settledAt: null,
  timingsMs: '{}',
  probability: null,
  outputSeriesInstanceUID: null,
  outputSOPInstanceUID: null,
};

export function decisionColumns(routed: RoutedArrival): Row {
  return {
    StudyInstanceUID: routed.source?.StudyInstanceUID ?? null,
    SeriesInstanceUID: routed.source?.SeriesInstanceUID ?? null,
    SOPInstanceUID: routed.source?.SOPInstanceUID ?? null,
    studyOrthancId: routed.source?.studyOrthancId ?? null,
    rule: routed.rule,
    rulesVersion: routed.rulesVersion,
    decision: routed.reason,
    summary: JSON.stringify(routed.summary),
    notBefore: routed.notBefore?.getTime() ?? 0,
  };
}
