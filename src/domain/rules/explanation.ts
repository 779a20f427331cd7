import type { Truth } from './truth.js';

/** What was read of one attribute. `values` is empty when they are withheld. */
export interface AttributeReading {
  readonly name: string;
  /** `unreadable`: there is a value, but it breaks its VR, is no text, or is not precise enough to tell. */
  readonly state: 'present' | 'missing' | 'unreadable';
  readonly values: readonly string[];
  readonly withheld: boolean;
}

/** Why a condition is true, false or unknown: every clause with the tags it read. */
export type Explanation =
  | {
      readonly kind: 'clause';
      readonly text: string;
      readonly predicate: string;
      readonly truth: Truth;
      readonly read: AttributeReading;
    }
  | {
      readonly kind: 'all' | 'any' | 'not' | 'study' | 'rule';
      readonly text: string;
      readonly truth: Truth;
      readonly parts: readonly Explanation[];
    };

/**
 * The parts that made the whole what it is, in one line: the first that sufficed, or all that were needed.
 * Without values, images that were decided alike have the same line.
 */
export function because(
  explanation: Explanation,
  detail: 'with values' | 'without values' = 'with values',
): string {
  const inner = (part: Explanation) => because(part, detail);
  switch (explanation.kind) {
    case 'clause':
      return detail === 'without values'
        ? explanation.text
        : clauseLine(explanation.read, explanation.predicate, explanation.truth);
    case 'not':
      return `not (${explanation.parts.map(inner).join(', ')})`;
    case 'study':
      return `${explanation.text} (${explanation.parts.slice(0, 1).map(inner).join('')})`;
    case 'rule':
      return explanation.parts.map(inner).join(' and ');
    case 'all':
    case 'any': {
      const deciding = explanation.parts.filter(({ truth }) => truth === explanation.truth);
      const sufficient = explanation.kind === 'all' ? 'false' : 'true';
      const needed = explanation.truth === sufficient ? deciding.slice(0, 1) : deciding;
      return needed.map(inner).join(explanation.kind === 'all' ? ' and ' : ' or ');
    }
    default:
      return explanation satisfies never;
  }
}

function clauseLine(read: AttributeReading, predicate: string, truth: Truth): string {
  if (read.state !== 'present' && truth === 'unknown') return `${read.name} ${read.state}`;
  const value = read.withheld ? '(withheld)' : read.values.join('\\');
  return [read.name, value, predicate].filter((part) => part !== '').join(' ');
}

/** The attributes on whose account a condition is unknown, each once: `ViewPosition missing`. */
export function unknownAttributes(explanation: Explanation): readonly string[] {
  if (explanation.truth !== 'unknown') return [];
  const found =
    explanation.kind === 'clause'
      ? [`${explanation.read.name} ${explanation.read.state}`]
      : explanation.parts.flatMap(unknownAttributes);
  return [...new Set(found)];
}
