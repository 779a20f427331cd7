import type { Explanation } from './explanation.js';

/** An explanation as it is kept with a decision. */
export interface KeptExplanation {
  readonly explanation: Explanation;
  /** Clauses of rules that did not decide were left out, as the whole was too long. */
  readonly shortened: boolean;
}

/** As JSON, in characters. The default rules take a quarter of it. */
const mostCharacters = 16_000;

/**
 * What is kept of why an image was decided as it was: all of it where that is not too long, otherwise as much of it
 * as fits, what decided before the rest. Values that may name a person were never in it.
 */
export function keptExplanation(whole: Explanation): KeptExplanation {
  const shorter = [withoutFalseRules, lastWhole, lastAlone, lastBare];
  const fitting = [(each: Explanation) => each, ...shorter]
    .map((shorten) => shorten(whole))
    .find((each) => JSON.stringify(each).length <= mostCharacters);
  const explanation = fitting ?? bare(whole);
  return { explanation, shortened: explanation !== whole };
}

/** Rules that were passed over because they did not hold keep their name alone. */
function withoutFalseRules(whole: Explanation): Explanation {
  return mapParts(whole, (rule, isLast) => (isLast || rule.truth !== 'false' ? rule : bare(rule)));
}

function lastWhole(whole: Explanation): Explanation {
  return mapParts(whole, (rule, isLast) => (isLast ? rule : bare(rule)));
}

function lastAlone(whole: Explanation): Explanation {
  return whole.kind === 'clause' ? whole : { ...whole, parts: whole.parts.slice(-1) };
}

function lastBare(whole: Explanation): Explanation {
  return mapParts(lastAlone(whole), bare);
}

function mapParts(
  whole: Explanation,
  change: (part: Explanation, isLast: boolean) => Explanation,
): Explanation {
  if (whole.kind === 'clause') return whole;
  const last = whole.parts.length - 1;
  return { ...whole, parts: whole.parts.map((part, index) => change(part, index === last)) };
}

function bare(explanation: Explanation): Explanation {
  return explanation.kind === 'clause' ? explanation : { ...explanation, parts: [] };
}
