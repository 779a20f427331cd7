import type { DicomDataset } from '../dicom-json.js';
import type { Clause, Condition } from './condition.js';
import type { AttributeReading, Explanation } from './explanation.js';
import { readPath, type PathReading } from './path.js';
import { all, any, not, truthOf, type Truth } from './truth.js';

/** What an explanation shows: enough to recognise a value, never a whole text. */
const shown = { values: 8, characters: 64, images: 4 } as const;

/**
 * Evaluates every clause, so that the explanation is whole.
 * @param study all images of the study, ours left out; undefined while it is not stable
 */
export function evaluate(
  condition: Condition,
  attributes: DicomDataset,
  study: readonly DicomDataset[] | undefined,
): Explanation {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const parts = condition.parts.map((part) => evaluate(part, attributes, study));
      const truths = parts.map(({ truth }) => truth);
      const truth = condition.kind === 'all' ? all(truths) : any(truths);
      return { kind: condition.kind, text: `${condition.kind} of`, truth, parts };
    }
    case 'not': {
      const part = evaluate(condition.part, attributes, study);
      return { kind: 'not', text: 'not', truth: not(part.truth), parts: [part] };
    }
    case 'study':
      return evaluateStudy(condition, study);
    case 'clause':
      return evaluateClause(condition, attributes);
    default:
      return condition satisfies never;
  }
}

/** Unknown without a study, and about an empty one. Shows the images that decided. */
function evaluateStudy(
  { quantifier, part }: Extract<Condition, { kind: 'study' }>,
  study: readonly DicomDataset[] | undefined,
): Explanation {
  const text = { some: 'some image', every: 'every image', none: 'no image' }[quantifier];
  if (study === undefined || study.length === 0) {
    const read: AttributeReading = { name: 'study', state: 'missing', values: [], withheld: false };
    return { kind: 'clause', text: `study: ${text}`, predicate: text, truth: 'unknown', read };
  }
  const images = study.map((image) => evaluate(part, image, study));
  const truths = images.map(({ truth }) => truth);
  const inner = quantifier === 'every' ? all(truths) : any(truths);
  return {
    kind: 'study',
    text,
    truth: quantifier === 'none' ? not(inner) : inner,
    parts: images.filter(({ truth }) => truth === inner).slice(0, shown.images),
  };
}

function evaluateClause({ path, predicate, test }: Clause, attributes: DicomDataset): Explanation {
  const reading = readPath(attributes, path);
  const truth =
    test.kind === 'exists'
      ? truthOf(reading.values.length + reading.opaque > 0 === test.expected)
      : any([...reading.values.map(test.holds), ...unreadBranches(reading)]);
  const read: AttributeReading = {
    name: path.name,
    state: stateOf(reading, truth),
    values: path.withheld ? [] : reading.values.slice(0, shown.values).map(shorten),
    withheld: path.withheld && reading.values.length > 0,
  };
  return { kind: 'clause', text: `${path.name} ${predicate}`, predicate, truth, read };
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
