import { compilePath, words } from '../domain/rules/path.js';
import type { AttributeDictionary } from '../domain/rules/source.js';
import { keyOf } from './faults.js';
import type { KeyPath } from './json-schema.js';
import { valueAt, type SchemaFault } from './schema-faults.js';

/**
 * Keys of conditions that are neither words nor attributes, in rules whose shape may be at fault as well: a word that
 * is misspelt is what is wrong, not what stands below it.
 */
export function conditionKeyFaults(
  data: unknown,
  dictionary: AttributeDictionary,
): readonly SchemaFault[] {
  const rules = valueAt(data, ['rules']);
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((_, index) => faultsIn(data, ['rules', index, 'when'], dictionary));
}

function faultsIn(
  data: unknown,
  path: KeyPath,
  dictionary: AttributeDictionary,
): readonly SchemaFault[] {
  const condition = valueAt(data, path);
  if (typeof condition !== 'object' || condition === null) return [];
  if (Array.isArray(condition)) {
    return condition.flatMap((_, index) => faultsIn(data, [...path, index], dictionary));
  }
  return Object.keys(condition).flatMap((key): readonly SchemaFault[] => {
    const at = [...path, key];
    if (['all', 'any', 'not'].includes(key)) return faultsIn(data, at, dictionary);
    if (key === 'study') {
      return ['some', 'every', 'none'].flatMap((inner) =>
        faultsIn(data, [...at, inner], dictionary),
      );
    }
    if (words.some((word) => word === key)) return [];
    const compiled = compilePath(key, dictionary);
    if (!('refused' in compiled)) return [];
    return [{ path: at, at: 'key', key: keyOf(at), expected: compiled.refused }];
  });
}

/** Whether a fault stands at or below one of these places. */
export function isBelow({ path }: SchemaFault, places: readonly SchemaFault[]): boolean {
  return places.some((place) => place.path.every((key, index) => path[index] === key));
}
