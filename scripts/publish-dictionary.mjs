/**
 * Writes the value representations of dcmjs's dictionary as a table of 30 KB: of the dictionary itself each thread would
 * keep 4 MB. Run it when dcmjs is updated: node scripts/publish-dictionary.mjs
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dictionary } from 'dcmjs/dictionary';

const file = join(import.meta.dirname, '../src/dicom/dictionary-table.ts');
const widthOfLine = 120;

/** Group → value representation → elements. */
const groups = new Map();
for (const [tag, { vr }] of Object.entries(dictionary)) {
  const [, group, element] = /^\(([0-9A-F]{4}),([0-9A-F]{4})\)$/.exec(tag) ?? [];
  if (group === undefined) continue;
  const ofGroup = groups.get(group) ?? new Map();
  groups.set(group, ofGroup.set(vr, [...(ofGroup.get(vr) ?? []), element]));
}

const words = [...groups]
  .sort()
  .flatMap(([group, byVr]) => [`${group}:`, ...[...byVr].sort().flat(2)]);
const lines = [''];
for (const word of words) {
  if (lines.at(-1).length + word.length >= widthOfLine) lines.push('');
  lines[lines.length - 1] += `${lines.at(-1) && ' '}${word}`;
}

writeFileSync(
  file,
  `/**
 * Made from dcmjs's dictionary by scripts/publish-dictionary.mjs: each group, in it each value representation, and its
 * elements. Those that leave a choice are in dcmjs's spelling.
 * @see DICOM PS3.6
 */
export const dictionaryTable = \`
${lines.join('\n')}
\`;
`,
);
