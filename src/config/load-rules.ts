import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dictionary } from '../dicom/dictionary.js';
import { compileRules, type KnownNames } from '../domain/rules/compile.js';
import type { Rules } from '../domain/rules/condition.js';
import type { AttributeDictionary, RulesSource } from '../domain/rules/source.js';
import { conditionKeyFaults, isBelow } from './condition-keys.js';
import { ConfigInvalidError, keyOf, shownValue, type ConfigFault } from './faults.js';
import { rulesJsonSchema, rulesSchema } from './rules-schema.js';
import { schemaFaults, type SchemaFault } from './schema-faults.js';
import { parseYaml, type YamlDocument } from './yaml-document.js';

/** @throws ConfigInvalidError with every fault, also when the file cannot be read */
export async function loadRules(file: string, names?: KnownNames): Promise<Rules> {
  return parseRules(await readRules(file), file, names);
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

/** Longest rules file: 500 rules of usual size take a tenth of it. */
export const mostCharacters = 262_144;

/**
 * The rules in a YAML text. Their version is a hash of what they say, so comments and layout do not count.
 * @param source name of the file, for faults
 * @param names names that rules may use; what is left out is not checked
 * @throws ConfigInvalidError with every fault
 */
export function parseRules(text: string, source: string, names?: KnownNames): Rules {
  const refuse = (expected: string) => new ConfigInvalidError([{ source, key: 'YAML', expected }]);
  if (text.length > mostCharacters) throw refuse(`at most ${mostCharacters} characters`);
  const parsed = parseYaml(text, source);
  if ('faults' in parsed) throw new ConfigInvalidError(parsed.faults);
  const { document } = parsed;
  if (patternsIn(document.data) > mostPatterns) throw refuse(`at most ${mostPatterns} patterns`);
  const guessing = hinting(dictionary);
  const shape = rulesSchema.safeParse(document.data);
  if (!shape.success) {
    const keys = conditionKeyFaults(document.data, guessing);
    const others = schemaFaults(shape.error, rulesJsonSchema, document.data);
    throw refused([...keys, ...others.filter((fault) => !isBelow(fault, keys))], source, document);
  }
  // What was parsed, not zod's copy: it keeps the order of the file's keys for the explanations.
  const written = document.data as RulesSource;
  const compiled = compileRules(written, versionOf(written), guessing, names);
  if ('rules' in compiled) return compiled.rules;
  const faults = compiled.faults.map(({ value, ...fault }) => {
    const shown = shownValue(value);
    const keyed = { ...fault, key: keyOf(fault.path) };
    return shown === undefined ? keyed : { ...keyed, value: shown };
  });
  throw refused(faults, source, document);
}

/** Faults that are listed: whoever mends so many looks again. */
const mostFaults = 200;

function refused(faults: readonly SchemaFault[], source: string, document: YamlDocument) {
  const listed = faults.slice(0, mostFaults).map((fault) => placed(fault, source, document));
  return new ConfigInvalidError(listed, faults.length - listed.length);
}

/** Each takes up to a millisecond to compile, also one that is refused. */
const mostPatterns = 500;

function patternsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = 'matches' in value && typeof value.matches === 'string' ? 1 : 0;
  return Object.values(value).reduce<number>((sum, inner) => sum + patternsIn(inner), own);
}

/** A guess at what was meant looks at every keyword there is: after so many unknown ones none is made. */
const mostHints = 50;

function hinting(whole: AttributeDictionary): AttributeDictionary {
  let hints = 0;
  return {
    find: (name) => whole.find(name),
    suggest: (name) => {
      hints += 1;
      return hints > mostHints ? undefined : whole.suggest(name);
    },
  };
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
