import type { Clause, CompiledRule, Condition, RulesReads } from './condition.js';

/** Everything that deciding by these rules may read. */
export function readsOf(rules: readonly CompiledRule[]): RulesReads {
  const clauses = rules.flatMap(({ when }) => (when ? clausesOf(when) : []));
  // A fact is made of attributes side by side, a path of sequences within each other.
  const pathsOf = ({ reads }: Clause) =>
    'read' in reads ? reads.tags.map((tag) => [tag]) : [reads.tags];
  return {
    paths: [...new Map(clauses.flatMap(pathsOf).map((path) => [path.join('.'), path])).values()],
    arrival: clauses.some(({ reads }) => reads.name.startsWith('arrival.')),
  };
}

function clausesOf(condition: Condition): readonly Clause[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.parts.flatMap(clausesOf);
    case 'not':
    case 'study':
      return clausesOf(condition.part);
    case 'clause':
      return [condition];
    default:
      return condition satisfies never;
  }
}
