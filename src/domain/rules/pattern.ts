import { RE2JS } from 're2js';

/** Longest pattern in characters, largest compiled program, and longest text that is searched. */
const limits = { pattern: 256, instructions: 600, text: 10_240 } as const;

/** What a search costs beside its instructions, in instructions, and what all searches of one decision may cost. */
const cost = { ofSearch: 60, ofDecision: 50_000_000 } as const;

/**
 * How many characters of an attribute a pattern searches where a decision may make all of these searches. Time grows with
 * instructions times characters: so the worst texts keep a decision for a second, and usual ones for milliseconds.
 * At most 10,240, and 150 with as many and as large patterns as a rules file may hold.
 * @param sizes of the patterns, in instructions
 */
export function reachOf(sizes: readonly number[]): number {
  const all = sizes.reduce((sum, size) => sum + size + cost.ofSearch, 0);
  return Math.min(limits.text, Math.floor(cost.ofDecision / Math.max(all, 1)));
}

/** The first values of an attribute that are searched: together no longer than the reach. */
export function searchable(values: readonly string[], reach: number): readonly string[] {
  let characters = 0;
  const end = values.findIndex((value) => {
    characters += value.length;
    return characters > reach;
  });
  return end === -1 ? values : values.slice(0, end);
}

/** Finds a pattern anywhere in a text, whatever the case, in time linear in the text. */
export type Search = (text: string) => boolean | undefined;

/**
 * Compiles a regular expression of RE2: no backreferences and no lookaround, so none can explode.
 * The search answers undefined for a text that is longer than any VR but UT may be (10,240).
 * @returns what is wrong with the pattern when it is refused
 */
export function compilePattern(
  pattern: string,
): { readonly search: Search; readonly instructions: number } | { readonly refused: string } {
  if (pattern.length > limits.pattern) {
    return { refused: `a pattern of at most ${limits.pattern} characters` };
  }
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    const instructions = compiled.programSize();
    if (instructions > limits.instructions) {
      return { refused: 'a pattern with smaller repeat counts' };
    }
    return {
      instructions,
      search: (text) => (text.length > limits.text ? undefined : compiled.matcher(text).find()),
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { refused: `an RE2 pattern (${detail.replace('error parsing regexp: ', '')})` };
  }
}
