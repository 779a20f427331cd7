import { copyDatabase } from '../../adapters/sqlite/database.js';
import type { Settings } from '../../config/load-settings.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

/** Copies ledger, queue, users and audit into one new file; the service may run meanwhile. */
export function backUp({ data }: Settings, file: string, output: Output): Promise<ExitCode> {
  copyDatabase(data.folder, file);
  output.result({ file }, `${file} holds the ledger`);
  return Promise.resolve(exitCodes.done);
}
