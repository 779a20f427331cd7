import type { Clause, CompiledRule, Condition, RulesReads } from './condition.js';
import { isWithheld } from './privacy.js';

type Path = readonly string[];

/** Everything that deciding by these rules may read. */
export function readsOf(rules: readonly CompiledRule[]): RulesReads {
  const clauses = rules.flatMap(({ when }) => (when ? clausesOf(when) : []));
  return {
    paths: distinct(clauses.flatMap(pathsOf)),
    identifying: distinct(clauses.flatMap(identifyingOf)),
    arrival: clauses.some(({ reads }) => reads.name.startsWith('arrival.')),
  };
}

/** What several sets of rules read together. */
export function unionOf(...reads: readonly RulesReads[]): RulesReads {
  return {
    paths: distinct(reads.flatMap(({ paths }) => paths)),
    identifying: distinct(reads.flatMap(({ identifying }) => identifying)),
    arrival: reads.some(({ arrival }) => arrival),
  };
}

/** A fact is made of attributes side by side, a path of sequences within each other. */
function pathsOf({ reads }: Clause): readonly Path[] {
  return 'read' in reads ? reads.tags.map((tag) => [tag]) : [reads.tags];
}

function identifyingOf(clause: Clause): readonly Path[] {
  const { reads } = clause;
  if (reads.withheld) return pathsOf(clause);
  return pathsOf(clause).filter((path) => path.some((tag) => isWithheld({ tag, vr: '' })));
}

function distinct(paths: readonly Path[]): readonly Path[] {
  return [...new Map(paths.map((path) => [path.join('.'), path])).values()];
}

/** Every test that deciding may make. */
export function clausesOf(condition: Condition): readonly Clause[] {
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
