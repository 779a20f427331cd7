import type { Explanation } from '../../http/api.js';
import './decision-tree.css';

/**
 * Why an image was decided as it was: the rules in their order, each clause with its truth and what it read. Rules that did
 * not hold are closed at first.
 */
export function DecisionTree({
  explanation,
  shortened = false,
}: {
  readonly explanation: Explanation;
  readonly shortened?: boolean | undefined;
}) {
  const rules = explanation.kind === 'clause' ? [explanation] : explanation.parts;
  return (
    <>
      <ul class="decision-tree" aria-label="Rules in their order, with what each clause read">
        {rules.map((rule, index) => (
          <Part
            key={index}
            part={rule}
            decides={index === rules.length - 1 && explanation.truth === 'true'}
          />
        ))}
      </ul>
      {shortened && <p class="quiet">Clauses of rules that did not decide were left out.</p>}
    </>
  );
}

function Part({
  part,
  decides = false,
}: {
  readonly part: Explanation;
  readonly decides?: boolean;
}) {
  const words = (
    <>
      <span class="truth">{part.truth}</span>
      <span class="what">
        {part.text}
        {decides && ' decided'}
      </span>
    </>
  );
  if (part.kind === 'clause' || part.parts.length === 0) {
    return (
      <li data-truth={part.truth} data-decides={decides || undefined}>
        <div class="clause">
          {words}
          {part.kind === 'clause' && <span class="read">{readingOf(part.read)}</span>}
        </div>
      </li>
    );
  }
  return (
    <li data-truth={part.truth} data-decides={decides || undefined}>
      <details open={part.kind !== 'rule' || decides || part.truth === 'unknown'}>
        <summary>{words}</summary>
        <ul>
          {part.parts.map((inner, index) => (
            <Part key={index} part={inner} />
          ))}
        </ul>
      </details>
    </li>
  );
}

type Reading = Extract<Explanation, { kind: 'clause' }>['read'];

function readingOf({ name, state, values, withheld }: Reading): string {
  if (withheld) return `${name} was read; its value is withheld`;
  if (state !== 'present') return `${name} is ${state}`;
  return values.length === 0 ? '' : `${name}: ${values.join(' \\ ')}`;
}
