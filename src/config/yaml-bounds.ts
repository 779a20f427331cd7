/** Bounds on what a text may cost before it is taken apart: parsing time grows faster than the text. */
import { Lexer } from 'yaml';

/** Most tokens, blanks left out: a rules file of 500 usual rules takes half of it. */
const mostTokens = 60_000;
/** Deepest nesting, in levels. */
const mostLevels = 32;
/** Most values, aliases counted each time. */
const mostValues = 30_000;

/**
 * What is wrong with the size of a YAML text, before it is parsed.
 * Explicit keys (`? `) are refused where they nest: their cost doubles with every level.
 */
export function textFault(text: string): string | undefined {
  let tokens = 0;
  let flow = 0;
  let indicators = 0;
  for (const token of new Lexer().lex(text)) {
    // The library marks the begin of a scalar by a token of its own.
    if (token === '\u001f' || token.trim() === '') tokens += token.includes('\n') ? 1 : 0;
    else tokens += 1;
    if (tokens > mostTokens) return `a file of at most ${mostTokens} tokens`;
    if (token === '[' || token === '{') flow += 1;
    if (token === ']' || token === '}') flow -= 1;
    if (token === '-' || token === '?') indicators += 1;
    if (token === '\n' || token === '\r\n') indicators = 0;
    if (flow + indicators > mostLevels) return nestingFault;
  }
  return undefined;
}

/** What is wrong with the size of a document, aliases resolved. */
export function documentFault(data: unknown): string | undefined {
  const waiting: { readonly value: unknown; readonly level: number }[] = [
    { value: data, level: 0 },
  ];
  for (let seen = 0; ; seen += 1) {
    const next = waiting.pop();
    if (!next) return undefined;
    if (next.level > mostLevels) return nestingFault;
    const { value, level } = next;
    if (typeof value !== 'object' || value === null) continue;
    const inner = Object.values(value);
    if (seen + waiting.length + inner.length > mostValues) {
      return `a file of at most ${mostValues} values`;
    }
    for (const each of inner) waiting.push({ value: each, level: level + 1 });
  }
}

const nestingFault = `nesting of at most ${mostLevels} levels`;
