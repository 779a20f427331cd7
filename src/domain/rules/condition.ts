import type { OffHours } from '../off-hours.js';
import type { Moment } from './bounds.js';
import type { Fact } from './facts.js';
import type { AttributePath } from './path.js';
import type { ColouriseAction, Trigger } from './source.js';
import type { Truth } from './truth.js';

/** A condition whose attributes, operands and patterns are resolved. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'study';
      readonly quantifier: 'some' | 'every' | 'none';
      readonly part: Condition;
    }
  | Clause;

/** What a clause reads. */
export type Readable = AttributePath | Fact;

/** One test of one attribute or fact. */
export interface Clause {
  readonly kind: 'clause';
  readonly reads: Readable;
  /** As it is shown after the attribute's name: `in [CR, DX]`. */
  readonly predicate: string;
  readonly test:
    | { readonly kind: 'exists'; readonly expected: boolean }
    /** Of one non-empty value; the clause holds when it is true of any. */
    | {
        readonly kind: 'value';
        readonly holds: (value: string, moment: Moment) => Truth;
        /** Size of the pattern that it searches for; undefined where it does not search. */
        readonly instructions?: number;
      };
}

export type Verdict =
  | { readonly kind: 'skip'; readonly reason: string }
  | {
      readonly kind: 'colourise';
      /** At least one. */
      readonly actions: readonly ColouriseAction[];
      /** 0 (whenever) to 9 (first). */
      readonly priority: number;
      /** An unknown condition counts as a match, and the image check has the last word. */
      readonly recognise: boolean;
      /** Colours also where the image check finds no lungs. */
      readonly allowWithoutLungs: boolean;
      /** Waits until these hours begin; at once when left out. */
      readonly offHours?: OffHours;
    };

export interface CompiledRule {
  readonly name: string;
  /** Matches every image when left out. */
  readonly when?: Condition;
  readonly trigger: Trigger;
  readonly verdict: Verdict;
}

/** What deciding by a set of rules needs to know. */
export interface RulesReads {
  /** Attributes by their tags, outermost sequence first; each once. */
  readonly paths: readonly (readonly string[])[];
  /** Those of them that may name a person. */
  readonly identifying: readonly (readonly string[])[];
  /** Whether any rule asks how an image came into the archive. */
  readonly arrival: boolean;
}

export interface Rules {
  /** Short hash of what the rules say. */
  readonly version: string;
  readonly rules: readonly CompiledRule[];
  readonly reads: RulesReads;
  /** Characters of an attribute that a pattern searches; what is longer is unknown to it. */
  readonly reach: number;
}

export function asksForStudy(condition: Condition): boolean {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.parts.some(asksForStudy);
    case 'not':
      return asksForStudy(condition.part);
    case 'study':
      return true;
    case 'clause':
      return false;
    default:
      return condition satisfies never;
  }
}
