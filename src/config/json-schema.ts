import { closest, distance } from 'fastest-levenshtein';

/** The part of JSON Schema (draft 7) that our generated schemas use. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: string | number | boolean | object;
  readonly enum?: readonly unknown[];
  readonly const?: string | number | boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  /** Our own annotations: unit of a number, what a text stands for, and whether it may be shown. */
  readonly unit?: string;
  readonly expected?: string;
  readonly secret?: boolean;
}

export type KeyPath = readonly (string | number)[];

/** All alternatives that a schema allows at a path, references followed. */
export function nodesAt(root: SchemaNode, path: KeyPath): readonly SchemaNode[] {
  return path.reduce<readonly SchemaNode[]>(
    (nodes, key) => nodes.flatMap((node) => alternatives(root, childOf(node, key))),
    alternatives(root, root),
  );
}

function childOf(node: SchemaNode, key: string | number): SchemaNode | undefined {
  if (typeof key === 'number') return node.items;
  const { properties = {}, additionalProperties } = node;
  if (Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function alternatives(root: SchemaNode, node: SchemaNode | undefined): readonly SchemaNode[] {
  if (!node) return [];
  if (node.expected !== undefined) return [node];
  if (node.$ref !== undefined) {
    const name = node.$ref.split('/').at(-1) ?? '';
    return alternatives(root, root.definitions?.[name]);
  }
  const inner = [...(node.anyOf ?? []), ...(node.allOf ?? [])];
  return inner.length === 0 ? [node] : inner.flatMap((part) => alternatives(root, part));
}

/** What a schema wants, in words: `a whole number of ms, 100 to 600000`. */
export function expectedOf(nodes: readonly SchemaNode[]): string {
  return [...new Set(nodes.map(expectedOfNode))].join(', or ');
}

function expectedOfNode(node: SchemaNode): string {
  if (node.expected !== undefined) return node.expected;
  if (node.enum) return `one of ${node.enum.map(String).join(', ')}`;
  if (node.const !== undefined) return String(node.const);
  const types = [node.type ?? 'anything'].flat();
  return types.map((type) => expectedOfType(type, node)).join(', or ');
}

function expectedOfType(type: string, node: SchemaNode): string {
  switch (type) {
    case 'integer':
    case 'number':
      return [
        type === 'integer' ? 'a whole number' : 'a number',
        unitOf(node),
        boundsOf(node),
      ].join('');
    case 'string':
      return node.maxLength === undefined ? 'text' : `text of at most ${node.maxLength} characters`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list with at least one entry';
    case 'object': {
      const keys = Object.keys(node.properties ?? {});
      return keys.length > 0 && keys.length <= 8 ? `a mapping of ${keys.join(', ')}` : 'a mapping';
    }
    default:
      return type;
  }
}

function unitOf({ unit }: SchemaNode): string {
  return unit === undefined ? '' : ` of ${unit}`;
}

function boundsOf({ minimum, exclusiveMinimum, maximum }: SchemaNode): string {
  const from = exclusiveMinimum === undefined ? minimum : `above ${exclusiveMinimum}`;
  if (from === undefined || maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return '';
  return `, ${from} to ${maximum}`;
}

/** For an unknown key: those that are known there, or the one that was probably meant. */
export function expectedKey(key: string, nodes: readonly SchemaNode[]): string {
  const known = nodes.flatMap(({ properties = {} }) => Object.keys(properties));
  const meant = known.length > 0 ? nearestOf(key, known) : undefined;
  return meant === undefined
    ? `one of the known keys: ${known.join(', ')}`
    : `a known key; did you mean ${meant}?`;
}

/** The nearest of some words, if it is near enough to be a slip of the finger. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  const folded = word.toLowerCase();
  const same = known.find((candidate) => candidate.toLowerCase() === folded);
  const nearest = same ?? closest(word, known);
  const allowed = Math.max(1, Math.floor(word.length / 3));
  return same !== undefined || distance(word, nearest) <= allowed ? nearest : undefined;
}
