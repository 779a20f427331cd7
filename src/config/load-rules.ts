import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dictionary } from '../dicom/dictionary.js';
import { compileRules } from '../domain/rules/compile.js';
import type { Rules } from '../domain/rules/condition.js';
import type { RulesSource } from '../domain/rules/source.js';
import { conditionKeyFaults, isBelow } from './condition-keys.js';
import { ConfigInvalidError, keyOf, shownValue, type ConfigFault } from './faults.js';
import { rulesJsonSchema, rulesSchema } from './rules-schema.js';
import { schemaFaults, type SchemaFault } from './schema-faults.js';
import { parseYaml, type YamlDocument } from './yaml-document.js';

/** @throws ConfigInvalidError with every fault, also when the file cannot be read */
export async function loadRules(file: string): Promise<Rules> {
  return parseRules(await readRules(file), file);
}

/** @throws ConfigInvalidError when it cannot be read */
export async function readRules(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const expected = `a readable file (${code})`;
    throw new ConfigInvalidError([{ source: file, key: 'rules.file', expected }]);
  }
}

/**
 * The rules in a YAML text. Their version is a hash of what they say, so comments and layout do not count.
 * @param source name of the file, for faults
 * @throws ConfigInvalidError with every fault
 */
export function parseRules(text: string, source: string): Rules {
  const parsed = parseYaml(text, source);
  if ('faults' in parsed) throw new ConfigInvalidError(parsed.faults);
  const { document } = parsed;
  const shape = rulesSchema.safeParse(document.data);
  if (!shape.success) {
    const keys = conditionKeyFaults(document.data);
    const others = schemaFaults(shape.error, rulesJsonSchema, document.data);
    const faults = [...keys, ...others.filter((fault) => !isBelow(fault, keys))];
    throw new ConfigInvalidError(faults.map((fault) => placed(fault, source, document)));
  }
  // What was parsed, not zod's copy: it keeps the order of the file's keys for the explanations.
  const written = document.data as RulesSource;
  const compiled = compileRules(written, versionOf(written), dictionary);
  if ('rules' in compiled) return compiled.rules;
  throw new ConfigInvalidError(
    compiled.faults.map(({ value, ...fault }) => {
      const shown = shownValue(value);
      const keyed = { ...fault, key: keyOf(fault.path) };
      return placed(shown === undefined ? keyed : { ...keyed, value: shown }, source, document);
    }),
  );
}

function placed(
  { path, at, ...fault }: SchemaFault,
  source: string,
  document: YamlDocument,
): ConfigFault {
  return { source, ...document.place(path, at), ...fault };
}

function versionOf(data: unknown): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 12);
}
