import { readFile, writeFile } from 'node:fs/promises';
import { softwareVersion } from '../version.js';
import { replicates } from './bootstrap.js';
import type { Evaluation } from './evaluate-model.js';
import type { FilmFigures } from './measure-film.js';
import { reaches, type Row } from './row.js';

/** One figure as `evaluation.json` holds it; null where it could not be measured. */
export interface StoredRow {
  readonly property: string;
  readonly metric: string;
  readonly group?: string;
  readonly value: number | null;
  readonly low?: number;
  readonly high?: number;
  readonly films: number;
  readonly bar?: string;
  readonly reached?: boolean;
}

export interface StoredEvaluation {
  readonly model: string;
  readonly version: string;
  readonly sha256: string;
  readonly evaluatedAt: string;
  readonly software: string;
  readonly runtime: string;
  readonly data: string;
  readonly films: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly intervals: string;
  readonly rows: readonly StoredRow[];
  readonly baselines: readonly { readonly name: string; readonly rows: readonly StoredRow[] }[];
  readonly reliability: Evaluation['reliability'];
}

export interface About {
  readonly evaluatedAt: string;
  readonly runtime: string;
  readonly data: string;
}

/** The document that is committed beside a model. Equal runs give equal documents but for `evaluatedAt`. */
export function storedEvaluation(evaluation: Evaluation, about: About): StoredEvaluation {
  const { manifest } = evaluation.model;
  return {
    model: manifest.name,
    version: manifest.version,
    sha256: manifest.weights.sha256,
    evaluatedAt: about.evaluatedAt,
    software: softwareVersion,
    runtime: about.runtime,
    data: about.data,
    films: counted(evaluation.films),
    intervals: `95 %, percentiles of ${replicates} seeded bootstrap samples of patients`,
    rows: evaluation.rows.map(stored),
    baselines: evaluation.baselines.map(({ name, rows }) => ({ name, rows: rows.map(stored) })),
    reliability: evaluation.reliability.map(({ group, bins }) => ({
      group,
      bins: bins.map(({ count, said, found }) => ({
        count,
        said: rounded(said),
        found: rounded(found),
      })),
    })),
  };
}

function counted(films: readonly FilmFigures[]): StoredEvaluation['films'] {
  const counts: Record<string, Record<string, number>> = {};
  for (const { group, label = 'unlabelled', boxes } of films) {
    const of = (counts[group] ??= {});
    of[label] = (of[label] ?? 0) + 1;
    if (boxes) of['boxes'] = (of['boxes'] ?? 0) + 1;
  }
  return counts;
}

function stored(row: Row): StoredRow {
  const { property, metric, group, bar, estimate } = row;
  const { value, low, high, films } = estimate;
  const reached = reaches(row);
  return {
    property,
    metric,
    ...(group === undefined ? {} : { group }),
    value: Number.isFinite(value) ? rounded(value) : null,
    ...(low === undefined || high === undefined ? {} : { low: rounded(low), high: rounded(high) }),
    films,
    ...(bar === undefined ? {} : { bar: `${bar.kind} ${rounded(bar.value)}` }),
    ...(reached === undefined ? {} : { reached }),
  };
}

/** Four significant digits: more would pretend, fewer would hide a difference. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/**
 * Writes the document, unless the file says the same already apart from when.
 * @returns whether the file had another content
 */
export async function writeEvaluation(file: string, document: StoredEvaluation): Promise<boolean> {
  const text = (of: StoredEvaluation) => `${JSON.stringify(of, undefined, 1)}\n`;
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined && known === text({ ...document, evaluatedAt: momentOf(known) })) {
    return false;
  }
  await writeFile(file, text(document));
  return true;
}

function momentOf(text: string): string {
  return /"evaluatedAt": "([^"]*)"/.exec(text)?.[1] ?? '';
}
