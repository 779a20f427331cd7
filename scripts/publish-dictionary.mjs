/**
 * Writes what is needed of dcmjs's dictionary as two tables: dcmjs itself would keep 5 MB in the main thread, and its
 * dictionary 4 MB in each. Run it when dcmjs is updated: node scripts/publish-dictionary.mjs
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import dcmjs from 'dcmjs';
import { dictionary } from 'dcmjs/dictionary';

const widthOfLine = 120;

/** Single attributes by group; of repeating groups some have the first. */
function byGroup(entries) {
  const groups = new Map();
  for (const { tag, vr, name } of entries) {
    const [, group, element] = /^\(([0-9A-F]{4}),([0-9A-F]{4})\)$/.exec(tag) ?? [];
    if (group === undefined) continue;
    const ofGroup = groups.get(group) ?? new Map();
    groups.set(group, ofGroup.set(element, { element, vr, name }));
  }
  return [...groups].sort();
}

const named = Object.values(dcmjs.data.DicomMetaDictionary.nameMap);
/** Of two tags with one keyword dcmjs knows one by it. */
const all = [...named, ...Object.values(dictionary)];

/** `gggg:` and what `wordsOf` makes of each group, in lines. */
function tableOf(entries, wordsOf) {
  const lines = [''];
  for (const [group, elements] of byGroup(entries)) {
    for (const word of [`${group}:`, ...wordsOf([...elements.values()])]) {
      if (lines.at(-1).length + word.length >= widthOfLine) lines.push('');
      lines[lines.length - 1] += `${lines.at(-1) && ' '}${word}`;
    }
  }
  return lines.join('\n');
}

function vrWords(elements) {
  const byVr = new Map();
  for (const { vr, element } of elements) byVr.set(vr, [...(byVr.get(vr) ?? []), element]);
  return [...byVr].sort().flat(2);
}

function publish(file, name, meaning, table) {
  const text = `/**\n${meaning}\n * @see DICOM PS3.6\n */\nexport const ${name} = \`\n${table}\n\`;\n`;
  writeFileSync(join(import.meta.dirname, '../src/dicom', file), text);
}

publish(
  'dictionary-table.ts',
  'dictionaryTable',
  ` * Made from dcmjs's dictionary by scripts/publish-dictionary.mjs: each group, in it each value representation, and its
 * elements. Those that leave a choice are in dcmjs's spelling.`,
  tableOf(all, vrWords),
);
publish(
  'dictionary-keywords.ts',
  'dictionaryKeywords',
  ' * Made from the same by scripts/publish-dictionary.mjs: each group, and its elements with their keywords.',
  tableOf(named, (elements) => elements.map(({ element, name }) => element + name)),
);
