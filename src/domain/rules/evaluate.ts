import type { Moment } from './bounds.js';
import type { Clause, Condition } from './condition.js';
import type { AttributeReading, Explanation } from './explanation.js';
import type { Subject } from './facts.js';
import { readPath, type PathReading } from './path.js';
import { searchable } from './pattern.js';
import { all, any, not, truthOf, type Truth } from './truth.js';

/** What an explanation shows: enough to recognise a value, never a whole text. */
const shown = { values: 8, characters: 64, images: 4 } as const;

export interface EvaluationContext extends Moment {
  /** All images of the study, ours left out; undefined while it is not stable. */
  readonly study: readonly Subject[] | undefined;
  /** Of the rules. */
  readonly reach: number;
}

/** Evaluates every clause, so that the explanation is whole. */
export function evaluate(
  condition: Condition,
  subject: Subject,
  context: EvaluationContext,
): Explanation {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const parts = condition.parts.map((part) => evaluate(part, subject, context));
      const truths = parts.map(({ truth }) => truth);
      const truth = condition.kind === 'all' ? all(truths) : any(truths);
      return { kind: condition.kind, text: `${condition.kind} of`, truth, parts };
    }
    case 'not': {
      const part = evaluate(condition.part, subject, context);
      return { kind: 'not', text: 'not', truth: not(part.truth), parts: [part] };
    }
    case 'study':
      return evaluateStudy(condition, context);
    case 'clause':
      return evaluateClause(condition, subject, context);
    default:
      return condition satisfies never;
  }
}

/** Unknown without a study, and about an empty one. Shows the images that decided. */
function evaluateStudy(
  { quantifier, part }: Extract<Condition, { kind: 'study' }>,
  context: EvaluationContext,
): Explanation {
  const { study } = context;
  const text = { some: 'some image', every: 'every image', none: 'no image' }[quantifier];
  if (study === undefined || study.length === 0) {
    const read: AttributeReading = { name: 'study', state: 'missing', values: [], withheld: false };
    return { kind: 'clause', text: `study: ${text}`, predicate: text, truth: 'unknown', read };
  }
  const images = study.map((image) => evaluate(part, image, context));
  const truths = images.map(({ truth }) => truth);
  const inner = quantifier === 'every' ? all(truths) : any(truths);
  return {
    kind: 'study',
    text,
    truth: quantifier === 'none' ? not(inner) : inner,
    parts: images.filter(({ truth }) => truth === inner).slice(0, shown.images),
  };
}

function evaluateClause(
  { reads, predicate, test }: Clause,
  subject: Subject,
  context: EvaluationContext,
): Explanation {
  const reading = 'read' in reads ? reads.read(subject) : readPath(subject.attributes, reads);
  const truth =
    test.kind === 'exists'
      ? truthOf(reading.values.length + reading.opaque > 0 === test.expected)
      : holdsForAny(test, reading, context);
  const { name, withheld } = reads;
  const read: AttributeReading = {
    name,
    state: stateOf(reading, truth),
    values: withheld ? [] : (reading.shown ?? reading.values).slice(0, shown.values).map(shorten),
    withheld: withheld && reading.values.length > 0,
  };
  return { kind: 'clause', text: `${name} ${predicate}`, predicate, truth, read };
}

function holdsForAny(
  { holds, instructions }: Extract<Clause['test'], { kind: 'value' }>,
  reading: PathReading,
  context: EvaluationContext,
): Truth {
  const { values } = reading;
  const tested = instructions === undefined ? values : searchable(values, context.reach);
  return any([
    ...tested.map((value) => holds(value, context)),
    ...unreadBranches(reading),
    ...(tested.length < values.length ? (['unknown'] as const) : []),
  ]);
}

function unreadBranches({ missing, opaque }: PathReading): readonly Truth[] {
  return missing + opaque > 0 ? ['unknown'] : [];
}

function stateOf(
  { values, missing, opaque }: PathReading,
  truth: Truth,
): AttributeReading['state'] {
  if (truth !== 'unknown') return values.length + opaque > 0 ? 'present' : 'missing';
  return missing > 0 ? 'missing' : 'unreadable';
}

function shorten(value: string): string {
  return value.length > shown.characters ? `${value.slice(0, shown.characters - 3)}...` : value;
}
