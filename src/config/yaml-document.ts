import {
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';
import type { ConfigFault } from './faults.js';
import type { KeyPath } from './json-schema.js';
import { documentFault, textFault } from './yaml-bounds.js';

/** A parsed YAML file whose values can be found again by line and column. */
export interface YamlDocument {
  /** Undefined for an empty file. */
  readonly data: unknown;
  /** Place of a key or of what it holds; of its nearest parent where it is absent. */
  place(path: KeyPath, at: 'key' | 'value'): { readonly line: number; readonly column: number };
}

/** Most aliases that are resolved, against documents that grow without bound. */
const maxAliasCount = 100;

/** Parses YAML 1.2. Faults of syntax name their place but never quote the file: it may hold a secret. */
export function parseYaml(
  text: string,
  source: string,
): { readonly document: YamlDocument } | { readonly faults: readonly ConfigFault[] } {
  const tooLarge = textFault(text);
  if (tooLarge !== undefined) return { faults: [{ source, key: 'YAML', expected: tooLarge }] };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // The library compares each key with all others.
    uniqueKeys: false,
  });
  const errors = [
    ...document.errors.map(({ code, pos }) => ({ code, offset: pos[0] })),
    ...repeatedKeys(document).map((offset) => ({ code: 'DUPLICATE_KEY', offset })),
  ];
  if (errors.length > 0) {
    const faults = errors.map(({ code, offset }) => ({
      source,
      ...placeOf(lines, offset),
      key: 'YAML',
      expected: `valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`,
    }));
    return { faults };
  }
  try {
    const data: unknown = document.toJS({ maxAliasCount }) ?? undefined;
    const tooMuch = documentFault(data);
    if (tooMuch !== undefined) return { faults: [{ source, key: 'YAML', expected: tooMuch }] };
    return {
      document: { data, place: (path, at) => placeOf(lines, offsetOf(document, path, at)) },
    };
  } catch {
    const expected = 'no unknown anchors and at most 100 aliases';
    return { faults: [{ source, key: 'YAML', expected }] };
  }
}

/** Offsets of keys that their mapping has already. */
function repeatedKeys(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const known = new Set<unknown>();
      for (const { key } of items) {
        const value = isScalar(key) ? key.value : key;
        if (known.has(value) && isNode(key) && key.range) offsets.push(key.range[0]);
        known.add(value);
      }
    },
  });
  return offsets;
}

function placeOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function offsetOf(document: Document, path: KeyPath, at: 'key' | 'value'): number {
  const key = path.at(-1);
  if (key === undefined) return document.contents?.range?.[0] ?? 0;
  const parent = nodeAt(document, path.slice(0, -1));
  const pair = isMap(parent)
    ? parent.items.find((item) => String(isNode(item.key) ? item.key.toJSON() : item.key) === key)
    : undefined;
  const node = pair && at === 'key' ? pair.key : (nodeAt(document, path) ?? pair?.key);
  if (isNode(node) && node.range) return node.range[0];
  return offsetOf(document, path.slice(0, -1), 'value');
}

function nodeAt(document: Document, path: KeyPath): Node | undefined {
  const node = document.getIn(path, true);
  return isNode(node) ? node : undefined;
}
