import type { StoredEvaluation, StoredRow } from './evaluation-file.js';
import { figureText } from './table.js';

/** Tables of a card in Markdown, made from `evaluation.json`, so that a card cannot say anything else. */
export function cardTables(evaluation: StoredEvaluation): string {
  return [
    `Measured by \`npm run evaluate\` on ${filmsText(evaluation)}; ${evaluation.runtime}. Intervals: ${evaluation.intervals}.`,
    figures(evaluation.rows),
    'Beside it, on the films that the last column says:',
    comparison(evaluation),
  ].join('\n\n');
}

/** The same for a model that was measured only as a baseline of another; undefined where it was not. */
export function baselineTables(evaluation: StoredEvaluation, name: string): string | undefined {
  const found = evaluation.baselines.find((each) => each.name === name);
  if (found === undefined) return undefined;
  return [
    `Measured by \`npm run evaluate -- --model ${evaluation.model}\`, as a baseline, on ${countText(found.rows)} films of the same folds, drawn by hash; ${evaluation.runtime}. Intervals: ${evaluation.intervals}. Calibration does not apply; invariance, stability and sanity have not been measured for this model.`,
    figures(found.rows),
  ].join('\n\n');
}

function countText(rows: readonly StoredRow[]): string {
  return String(Math.max(...rows.map(({ films }) => films)));
}

function filmsText({ films }: StoredEvaluation): string {
  return Object.entries(films)
    .map(([group, counts]) => {
      const said = Object.entries(counts).map(([label, count]) => `${count} ${label}`);
      return `${group} (${said.join(', ')})`;
    })
    .join('; ');
}

function figures(rows: readonly StoredRow[]): string {
  return markdown(
    ['property', 'films', 'metric', 'value (95 %)', 'bar', ''],
    rows.map((row) => [
      row.property,
      row.group ?? '',
      row.metric,
      figureText(row),
      row.bar ?? '',
      row.reached === undefined ? '' : row.reached ? 'reached' : '**missed**',
    ]),
  );
}

/** What the models and baselines are compared by: part of the metric's name, and the group. */
const columns = [
  ['max \\|ΔL\\*\\|', 'max |ΔL*|', undefined],
  ['AUC Kermany', 'AUC', 'Kermany'],
  ['AUC NIH', 'AUC', 'NIH'],
  ['grey normals Kermany', 'normals that stay', 'Kermany'],
  ['grey normals NIH', 'normals that stay', 'NIH'],
  ['energy in box', 'energy in box', undefined],
  ['IoU', 'IoU at box area', undefined],
  ['pointing', 'pointing', undefined],
] as const;

/** The model and everything that it was compared with, a line each. */
export function comparison({ model, rows, baselines }: StoredEvaluation): string {
  const thumbnail = baselines.filter(({ name }) => name === 'blurred thumbnail');
  const lines = [
    { name: `**${model}**`, rows },
    ...baselines.filter(({ name }) => name !== 'blurred thumbnail'),
    ...(thumbnail.length > 0
      ? [{ name: 'blurred thumbnail', rows: thumbnail.flatMap((each) => each.rows) }]
      : []),
  ];
  return markdown(
    ['', ...columns.map(([head]) => head), 'films'],
    lines.map((line) => [
      line.name,
      ...columns.map(([, metric, group]) => {
        const row = line.rows.find(
          (each) => each.metric.startsWith(metric) && each.group === group,
        );
        return row === undefined || row.value === null ? '' : short(row.value);
      }),
      countText(line.rows),
    ]),
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = (cell: string) =>
    cell
      .replaceAll(/(?<!\\)\|/g, '\\|')
      .replaceAll('C*', 'C\\*')
      .replaceAll('L*', 'L\\*')
      .replaceAll('a*b*', 'a\\*b\\*');
  return [head, head.map(() => '---'), ...rows.map((row) => row.map(escaped))]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}
