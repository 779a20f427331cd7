/** Where in the structure of a YAML text a place is, as far as completion needs to know. */
export interface Place {
  /** Keys from the outermost; `[]` for a list. */
  readonly path: readonly string[];
  /** What was typed of the word so far. */
  readonly word: string;
  /** Whether a value stands there, not a key. */
  readonly isValue: boolean;
}

interface Line {
  /** Columns of its dashes, and of what comes after them. */
  readonly dashes: readonly number[];
  readonly column: number;
  readonly content: string;
}

/**
 * Reads what stands before a place by indentation, and the braces of its own line. A text that is being typed is seldom
 * whole, so no parser is asked.
 */
export function placeAfter(before: string): Place {
  const lines = before.split('\n').map(lineOf);
  const own = lines.pop() ?? lineOf('');
  const outer = outerPath(own, lines);
  const { path, word, isValue } = flowPlace(own.content);
  return { path: [...outer, ...path], word, isValue };
}

function lineOf(text: string): Line {
  const [, indent = '', marks = '', content = ''] = /^( *)((?:- +)*)(.*)$/.exec(text) ?? [];
  const dashes = [...marks.matchAll(/-/g)].map(({ index }) => indent.length + index);
  return { dashes, column: indent.length + marks.length, content };
}

function outerPath(own: Line, before: readonly Line[]): readonly string[] {
  const path: string[] = own.dashes.map(() => '[]');
  let limit = own.dashes[0] ?? own.column;
  let inList = own.dashes.length > 0;
  for (const { dashes, column, content } of before.toReversed()) {
    if (content.trim() === '' || content.startsWith('#')) continue;
    const key = /^["']?([\w.,-]+)["']?: *(?:#.*)?$/.exec(content)?.[1];
    const holds = key !== undefined && (column < limit || (inList && column === limit));
    if (holds) path.unshift(key);
    if (!holds && !(column === limit && dashes.length > 0 && !inList)) continue;
    path.unshift(...dashes.map(() => '[]'));
    limit = dashes[0] ?? column;
    inList = dashes.length > 0;
  }
  return path;
}

function flowPlace(content: string): Place {
  const frames: { readonly open: string; readonly key: string | undefined }[] = [];
  let key: string | undefined;
  let word = '';
  let quote = '';
  for (const [index, sign] of content.split('').entries()) {
    if (quote !== '') {
      if (sign === quote) quote = '';
      else word += sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
    } else if (sign === '{' || sign === '[') {
      frames.push({ open: sign, key });
      key = undefined;
      word = '';
    } else if (sign === '}' || sign === ']') {
      key = frames.pop()?.key;
      word = '';
    } else if (sign === ',') {
      key = undefined;
      word = '';
    } else if (sign === ':' && /^(?: |$)/.test(content.slice(index + 1))) {
      key = word.trim();
      word = '';
    } else word += sign;
  }
  const path = frames.flatMap((frame) => [
    ...(frame.key === undefined ? [] : [frame.key]),
    ...(frame.open === '[' ? ['[]'] : []),
  ]);
  const isValue = key !== undefined || frames.at(-1)?.open === '[';
  return { path: key === undefined ? path : [...path, key], word: word.trimStart(), isValue };
}
