import { isMap, isNode, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { ConfigFault } from './faults.js';
import type { KeyPath } from './json-schema.js';

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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => ({
      source,
      ...placeOf(lines, error.pos[0]),
      key: 'YAML',
      expected: `valid YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`,
    }));
    return { faults };
  }
  try {
    const data: unknown = document.toJS({ maxAliasCount }) ?? undefined;
    return {
      document: { data, place: (path, at) => placeOf(lines, offsetOf(document, path, at)) },
    };
  } catch {
    const expected = 'no unknown anchors and at most 100 aliases';
    return { faults: [{ source, key: 'YAML', expected }] };
  }
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
