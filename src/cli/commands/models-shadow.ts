import { shadowModel } from '../../adapters/models/retire-model.js';
import { StateDatabase } from '../../adapters/sqlite/database.js';
import { SqliteShadowBook } from '../../adapters/sqlite/sqlite-shadow-book.js';
import type { Settings } from '../../config/load-settings.js';
import { ColouriseError } from '../../domain/errors.js';
import type { ModelVersion } from '../../domain/job.js';
import { type ShadowSummary, type Spread, summariseShadow } from '../../domain/shadow.js';
import { parseReference, parseVersion } from '../../models/reference.js';
import { keptPerPair } from '../../ports/shadow-book.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';

export interface ShadowFlags {
  readonly beside?: string;
  readonly stop?: boolean;
}

/** Begins or ends that a version runs in the shadow of a model; without either, tells what shadows came to. */
export async function shadow(
  settings: Settings,
  output: Output,
  reference: string | undefined,
  { beside, stop = false }: ShadowFlags,
): Promise<ExitCode> {
  if (reference === undefined && !stop) return tell(settings, output);
  if (reference !== undefined && stop) {
    throw new ColouriseError('USAGE', '--stop names no version: whatever runs there ends');
  }
  const { folder: shipped, installed } = settings.models;
  const { name } = parseReference(beside ?? settings.models.default);
  const version = reference === undefined ? undefined : parseVersion(reference);
  await shadowModel({ shipped, installed }, name, version);
  const shown = version ? `${version.name}@${version.version}` : undefined;
  output.result(
    { beside: name, ...(shown === undefined ? {} : { shadow: shown }) },
    shown === undefined
      ? `nothing runs in the shadow of ${name}; running services see it within seconds`
      : `${shown} runs in the shadow of ${name}; running services see it within seconds`,
  );
  return exitCodes.done;
}

function tell({ data }: Settings, output: Output): ExitCode {
  const database = StateDatabase.openForReading(data.folder);
  try {
    const book = new SqliteShadowBook(database, () => new Date());
    const pairs = book.pairs().map((pair) => summariseShadow(pair, book.rows(pair, keptPerPair)));
    const text =
      pairs.length === 0 ? 'nothing has run in the shadow' : pairs.map(inWords).join('\n\n');
    output.result({ pairs }, text);
    return exitCodes.done;
  } finally {
    database.close();
  }
}

function inWords(summary: ShadowSummary): string {
  const { stored, shadow: beside, compared, faults, coloured, agreement } = summary;
  const { dice, deltaChroma, probabilityChange, inferMs } = summary;
  const faulty = Object.entries(faults).map(([code, count]) => `${count} ${code}`);
  const lines = [
    `${nameOf(beside)} in the shadow of ${nameOf(stored)}`,
    `  pictures        ${compared} compared${faulty.length > 0 ? `, failed: ${faulty.join(', ')}` : ''}`,
    agreement === undefined
      ? undefined
      : `  colour at all   agree on ${(100 * agreement).toFixed(1)} % (both ${coloured.both}, neither ${coloured.neither}, stored only ${coloured.storedOnly}, shadow only ${coloured.shadowOnly})`,
    line('  overlap (Dice)  ', dice, 2),
    line('  mean |ΔC*|      ', deltaChroma, 2),
    line('  score change    ', probabilityChange, 3),
    line('  inference, ms   ', inferMs, 0),
  ];
  return lines.filter((each) => each !== undefined).join('\n');
}

function line(name: string, spread: Spread | undefined, digits: number): string | undefined {
  if (spread === undefined) return undefined;
  const { median, quartile1, quartile3, least, greatest } = spread;
  const [a, b, c, d, e] = [median, quartile1, quartile3, least, greatest].map((value) =>
    value.toFixed(digits),
  );
  return `${name}median ${a}, quartiles ${b} to ${c}, range ${d} to ${e}`;
}

function nameOf({ model, modelVersion }: ModelVersion): string {
  return `${model} ${modelVersion}`;
}
