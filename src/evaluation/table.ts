import type { StoredEvaluation, StoredRow } from './evaluation-file.js';

/** The whole table for a terminal: one line a figure, baselines below. */
export function evaluationText(evaluation: StoredEvaluation): string {
  const films = Object.entries(evaluation.films)
    .map(([group, counts]) => `${group} ${Object.entries(counts).map(said).join(', ')}`)
    .join('; ');
  return [
    `${evaluation.model} ${evaluation.version}, ${evaluation.runtime}`,
    `films: ${films}`,
    `intervals: ${evaluation.intervals}`,
    '',
    ...lines(evaluation.rows),
    ...evaluation.baselines.flatMap(({ name, rows }) => ['', `baseline: ${name}`, ...lines(rows)]),
  ].join('\n');
}

const said = ([label, count]: readonly [string, number]) => `${count} ${label}`;

function lines(rows: readonly StoredRow[]): readonly string[] {
  const cells = rows.map((row) => [
    row.property,
    row.group ?? '',
    row.metric,
    figureText(row),
    row.bar ?? '',
    row.reached === undefined ? '' : row.reached ? 'reached' : 'MISSED',
  ]);
  const widths = cells.reduce<readonly number[]>(
    (most, line) => line.map((cell, at) => Math.max(most[at] ?? 0, cell.length)),
    [],
  );
  return cells.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `.854 (.799 - .908)`, or a dash where nothing could be measured. */
export function figureText({ value, low, high }: StoredRow): string {
  if (value === null) return '-';
  const interval =
    low === undefined || high === undefined ? '' : ` (${short(low)} - ${short(high)})`;
  return `${short(value)}${interval}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
