import { StateDatabase } from '../../adapters/sqlite/database.js';
import { SqliteLedgerReader } from '../../adapters/sqlite/sqlite-ledger-reader.js';
import type { Settings } from '../../config/load-settings.js';
import { ColouriseError } from '../../domain/errors.js';
import type { ImageRow, KeptDecision, LedgerReader } from '../../ports/ledger.js';
import { explanationLines } from '../explanation-lines.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

const mostRows = 50;

type Explained = Pick<ImageRow, 'id' | 'state' | 'code' | 'source'> & KeptDecision;

/**
 * `rules explain WHICH`: why images were decided as they were, as of then, from the ledger. Beside a running service
 * or without one.
 * @param which id of a row, or the UID of an image, a series or a study
 */
export function rulesExplain({ data }: Settings, output: Output, which: string): Promise<ExitCode> {
  const database = StateDatabase.openForReading(data.folder);
  try {
    const reader = new SqliteLedgerReader(database, () => new Date());
    const decisions = rowsOf(reader, which).map((row) => explained(row, reader));
    if (decisions.length === 0) {
      throw new ColouriseError('USAGE', `the ledger knows no image by '${which}'`);
    }
    output.result({ decisions }, decisions.map(textOf).join('\n\n'));
    return Promise.resolve(exitCodes.done);
  } finally {
    database.close();
  }
}

function rowsOf(reader: LedgerReader, which: string): readonly ImageRow[] {
  const row = reader.image(which);
  if (row) return [row];
  return reader
    .images({ uid: which, withoutOwnOutput: true, limit: mostRows })
    .filter(({ source }) =>
      [source?.StudyInstanceUID, source?.SeriesInstanceUID, source?.SOPInstanceUID].includes(which),
    );
}

function explained({ id, state, code, source, ...row }: ImageRow, reader: LedgerReader): Explained {
  const { rule, rulesVersion, reason } = row;
  return {
    id,
    state,
    ...(code === undefined ? {} : { code }),
    ...(source ? { source } : {}),
    ...(reader.decision(id) ?? { rule, rulesVersion, reason }),
  };
}

function textOf(decision: Explained): string {
  const { id, state, code, source, rulesVersion, reason } = decision;
  const { decidedAt, explanation, shortened } = decision;
  return [
    `${id}  ${state}${code === undefined ? '' : ` ${code}`}`,
    ...(source ? [`  image ${source.SOPInstanceUID}`] : []),
    `  ${reason}`,
    `  rules ${rulesVersion}${decidedAt ? `, ${decidedAt.toISOString()}` : ''}`,
    ...(explanation ? explanationLines(explanation, 1) : ['  no rule was asked']),
    ...(shortened ? ['  (rules that did not decide are shortened)'] : []),
  ].join('\n');
}
