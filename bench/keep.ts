import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.js';

const folder = fileURLToPath(new URL('../../bench/results/', import.meta.url));

export interface Kept {
  readonly title: string;
  /** The command that made it. */
  readonly command: string;
  readonly machine: Machine;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What must be known to read the table, each a sentence or two. */
  readonly remarks: readonly string[];
  readonly figures: object;
}

/** A smaller size than that of the results, for a try: the first argument. */
export function sizeOr(full: number): number {
  return Number(process.argv[2] ?? full);
}

/** Prints a document; at full size it is written to `bench/results/<name>.md`, and its figures to `<name>.json`. */
export function keepResult(name: string, kept: Kept): void {
  const { title, command, machine, columns, rows, remarks, figures } = kept;
  const { cores, memoryGiB, loadBefore, loadAfter, node, orthanc } = machine;
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const document = [
    `# ${title}`,
    '',
    `Made by \`${command}\`. ${cores} cores, ${memoryGiB} GiB; load ${loadBefore} before, ${loadAfter} after; Node ` +
      `${node}, Orthanc ${orthanc}.`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
    '',
    ...remarks.flatMap((remark) => [remark, '']),
  ].join('\n');
  console.log(document);
  if (process.argv.length > 2) return;
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify({ machine, ...figures }, null, 2)}\n`);
  writeFileSync(`${folder}${name}.md`, document);
  const files = [`${folder}${name}.json`, `${folder}${name}.md`];
  const args = ['--no-install', 'prettier', '--write', '--log-level=warn', ...files];
  execFileSync('npx', args, { stdio: 'inherit' });
}
