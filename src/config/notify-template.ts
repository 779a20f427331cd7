import mustache from 'mustache';

/** What stands outside of `{{#events}}`, and within. */
const fields = {
  message: ['service', 'url', 'time', 'raised', 'resolved', 'summary', 'events'],
  event: ['condition', 'state', 'title', 'subject', 'count', 'more', 'since', 'next'],
} as const;

/** Every field that a template may name. */
export const templateFields: readonly string[] = [...fields.message, ...fields.event];

/** What is wrong with a template, as what was expected; undefined for a good one. */
export function templateFault(template: string): string | undefined {
  try {
    const unknown = namesIn(mustache.parse(template)).find(
      (name) => !templateFields.includes(name),
    );
    if (unknown === undefined) return undefined;
    return `fields of ${templateFields.join(', ')}, not ${unknown}`;
  } catch (thrown) {
    return `a template: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

type Token = readonly [type: string, value: string, start: number, end: number, inner?: unknown];

function namesIn(tokens: readonly unknown[]): readonly string[] {
  return (tokens as readonly Token[]).flatMap(([type, value, , , inner]) => {
    if (type === 'text' || type === '!') return [];
    // No template includes another.
    if (type === '>' || type === '=') return [`${type}${value}`];
    return [value, ...(Array.isArray(inner) ? namesIn(inner) : [])];
  });
}
