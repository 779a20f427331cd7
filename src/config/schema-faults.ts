import type { z } from 'zod';
import { keyOf, shownValue, type ConfigFault } from './faults.js';
import { expectedKey, expectedOf, nodesAt, type KeyPath, type SchemaNode } from './json-schema.js';

/** A fault before its place is looked up. */
export interface SchemaFault extends Pick<ConfigFault, 'key' | 'value' | 'expected'> {
  readonly path: KeyPath;
  readonly at: 'key' | 'value';
}

/**
 * Says what the schema wanted where zod found a fault, one fault for each place or unknown key.
 * The words come from the JSON Schema that is published, so the two cannot disagree.
 */
export function schemaFaults(error: z.ZodError, schema: SchemaNode, data: unknown): SchemaFault[] {
  return error.issues.flatMap((issue) => faultsOf(issue, [], schema, data));
}

function faultsOf(
  issue: z.core.$ZodIssue,
  prefix: KeyPath,
  schema: SchemaNode,
  data: unknown,
): SchemaFault[] {
  const path = [...prefix, ...issue.path.filter((key) => typeof key !== 'symbol')];
  const nodes = nodesAt(schema, path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const keyPath = [...path, key];
      return { path: keyPath, at: 'key', key: keyOf(keyPath), expected: expectedKey(key, nodes) };
    });
  }
  const meant = issue.code === 'invalid_union' ? meantAlternative(issue.errors) : undefined;
  if (meant) return meant.flatMap((inner) => faultsOf(inner, path, schema, data));
  const expected = issue.code === 'custom' ? issue.message : expectedOf(nodes);
  const value = shownAt(data, path, nodes);
  const fault = { path, at: 'value', key: keyOf(path), expected } as const;
  return [value === undefined ? fault : { ...fault, value }];
}

/** The one alternative whose outermost type fits: its faults say more than that none fits. */
function meantAlternative(alternatives: readonly z.core.$ZodIssue[][]) {
  const inner = alternatives.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return inner.length === 1 ? inner[0] : undefined;
}

function shownAt(data: unknown, path: KeyPath, nodes: readonly SchemaNode[]): string | undefined {
  const value = valueAt(data, path);
  if (value === undefined) return undefined;
  return nodes.some(({ secret }) => secret === true) ? '(hidden)' : shownValue(value);
}

export function valueAt(data: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    data,
  );
}
