import type { Explanation } from '../domain/rules/explanation.js';

/** One line a clause: its truth, what it asks, what was read. Two spaces a step of depth. */
export function explanationLines(explanation: Explanation, depth: number): readonly string[] {
  const { truth, text } = explanation;
  const line = `${'  '.repeat(depth)}${truth.padEnd(7)} ${text}`;
  if (explanation.kind !== 'clause') {
    return [line, ...explanation.parts.flatMap((part) => explanationLines(part, depth + 1))];
  }
  const { state, values, withheld } = explanation.read;
  const read = withheld ? '(withheld)' : state === 'present' ? values.join('\\') : state;
  return [read === '' ? line : `${line}  <- ${read}`];
}
