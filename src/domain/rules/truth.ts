/**
 * Kleene's strong three-valued logic: what a condition says when some of its tags are missing.
 * A missing tag is `unknown`; only what holds whatever the missing value may be is true or false.
 */
export type Truth = 'true' | 'false' | 'unknown';

export const truthOf = (holds: boolean): Truth => (holds ? 'true' : 'false');

/** False as soon as one is false; true for none at all. */
export function all(truths: readonly Truth[]): Truth {
  if (truths.includes('false')) return 'false';
  return truths.includes('unknown') ? 'unknown' : 'true';
}

/** True as soon as one is true; false for none at all. */
export function any(truths: readonly Truth[]): Truth {
  if (truths.includes('true')) return 'true';
  return truths.includes('unknown') ? 'unknown' : 'false';
}

export function not(truth: Truth): Truth {
  if (truth === 'unknown') return 'unknown';
  return truth === 'true' ? 'false' : 'true';
}
