import { RE2JS } from 're2js';

/** Longest pattern in characters, largest compiled program, and longest text that is searched. */
const limits = { pattern: 256, instructions: 600, text: 10_240 } as const;

/** Finds a pattern anywhere in a text, whatever the case, in time linear in the text. */
export type Search = (text: string) => boolean | undefined;

/**
 * Compiles a regular expression of RE2: no backreferences and no lookaround, so none can explode.
 * The search answers undefined for a text that is longer than any VR but UT may be (10,240).
 * @returns what is wrong with the pattern when it is refused
 */
export function compilePattern(pattern: string): { search: Search } | { refused: string } {
  if (pattern.length > limits.pattern) {
    return { refused: `a pattern of at most ${limits.pattern} characters` };
  }
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    if (compiled.programSize() > limits.instructions) {
      return { refused: 'a pattern with smaller repeat counts' };
    }
    return {
      search: (text) => (text.length > limits.text ? undefined : compiled.matcher(text).find()),
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { refused: `an RE2 pattern (${detail.replace('error parsing regexp: ', '')})` };
  }
}
