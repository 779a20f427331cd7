import { compileAge, compileArrival, compileOffHours, compileSample } from './compile-facts.js';
import { compileTest } from './compile-test.js';
import {
  asksForStudy,
  type CompiledRule,
  type Condition,
  type Rules,
  type Verdict,
} from './condition.js';
import { compilePath } from './path.js';
import { reachOf } from './pattern.js';
import { clausesOf, readsOf } from './reads.js';
import type {
  ArrivalSource,
  AttributeDictionary,
  ColouriseAction,
  ConditionSource,
  RuleFault,
  RulesSource,
  RuleSource,
  SampleSource,
  StudySource,
  TestSource,
} from './source.js';

type Path = RuleFault['path'];

/** Names outside the rules that rules may use. What is left out is not checked. */
export interface KnownNames {
  readonly destinations?: readonly string[];
}

/** Resolves attributes, operands and patterns; reports all faults at once. */
export function compileRules(
  source: RulesSource,
  version: string,
  dictionary: AttributeDictionary,
  known: KnownNames = {},
): { readonly rules: Rules } | { readonly faults: readonly RuleFault[] } {
  const faults: RuleFault[] = [];
  const report = (fault: RuleFault) => faults.push(fault);
  const compiler: Compiler = { dictionary, known, report, inStudy: false };
  const rules = source.rules.map((rule, index) => compileRule(rule, ['rules', index], compiler));
  faults.push(...orderFaults(source.rules));
  if (faults.length > 0) return { faults };
  return { rules: { version, rules, reads: readsOf(rules), reach: reachOf(patternSizes(rules)) } };
}

function patternSizes(rules: readonly CompiledRule[]): readonly number[] {
  return rules
    .flatMap(({ when }) => (when ? clausesOf(when) : []))
    .flatMap(({ test }) => (test.kind === 'value' ? (test.instructions ?? []) : []));
}

interface Compiler {
  readonly dictionary: AttributeDictionary;
  readonly known: KnownNames;
  readonly report: (fault: RuleFault) => void;
  readonly inStudy: boolean;
}

/** Names that occur twice, and rules behind one that matches everything. */
function orderFaults(rules: readonly RuleSource[]): readonly RuleFault[] {
  const catchAll = rules.findIndex(({ when }) => when === undefined);
  return rules.flatMap(({ name }, index): readonly RuleFault[] => {
    const path = ['rules', index, 'name'];
    const twin = rules.findIndex((other) => other.name === name);
    return [
      ...(twin < index
        ? [{ path, at: 'value' as const, value: name, expected: 'a name that no rule above has' }]
        : []),
      ...(catchAll >= 0 && index > catchAll
        ? [
            {
              path,
              at: 'value' as const,
              value: name,
              expected: `a place above rule '${rules[catchAll]?.name ?? ''}', which has no condition and ends the list`,
            },
          ]
        : []),
    ];
  });
}

function compileRule(source: RuleSource, at: Path, compiler: Compiler): CompiledRule {
  const { name, trigger = 'instance' } = source;
  const verdict = compileVerdict(source, at, compiler);
  if (source.when === undefined) return { name, trigger, verdict };
  const when = compileCondition(source.when, [...at, 'when'], compiler);
  if (trigger === 'instance' && asksForStudy(when)) {
    const expected = '`trigger: stable-study` beside it, as the condition asks for the whole study';
    compiler.report({ path: [...at, 'when'], at: 'key', expected });
  }
  return { name, when, trigger, verdict };
}

function compileVerdict(source: RuleSource, at: Path, { report, known }: Compiler): Verdict {
  const { name, skip, colourise, recognise = false, allowWithoutLungs = false } = source;
  if ((skip === undefined) === (colourise === undefined)) {
    const path = skip === undefined ? at : [...at, 'skip'];
    report({ path, at: 'key', value: name, expected: 'either colourise or skip' });
  }
  if (skip !== undefined) {
    for (const key of ['priority', 'recognise', 'allowWithoutLungs', 'offHours'] as const) {
      if (source[key] === undefined) continue;
      report({ path: [...at, key], at: 'key', expected: 'no such key beside skip' });
    }
    return { kind: 'skip', reason: skip };
  }
  if (recognise && allowWithoutLungs) {
    const expected = 'no such key beside recognise, which leaves the verdict to the image check';
    report({ path: [...at, 'allowWithoutLungs'], at: 'key', expected });
  }
  const actions = [colourise ?? []].flat();
  for (const [index, { forward }] of actions.entries()) {
    const action = [...at, 'colourise', ...(Array.isArray(colourise) ? [index] : [])];
    checkDestinations(forward, [...action, 'forward'], known, report);
  }
  const priority = source.priority ?? 5;
  const offHours = source.offHours && compileOffHours(source.offHours, [...at, 'offHours'], report);
  return {
    kind: 'colourise',
    actions,
    priority,
    recognise,
    allowWithoutLungs,
    ...(offHours ? { offHours } : {}),
  };
}

function checkDestinations(
  forward: ColouriseAction['forward'],
  at: Path,
  { destinations }: KnownNames,
  report: Compiler['report'],
): void {
  if (destinations === undefined) return;
  for (const [index, value] of [forward ?? []].flat().entries()) {
    if (destinations.includes(value)) continue;
    const names = destinations.length > 0 ? destinations.join(', ') : 'none are there';
    const expected = `a destination of the settings (forward.destinations: ${names})`;
    const path = typeof forward === 'string' ? at : [...at, index];
    report({ path, at: 'value', value, expected });
  }
}

function compileCondition(source: ConditionSource, at: Path, compiler: Compiler): Condition {
  const parts = Object.entries(source).flatMap(([key, value]) =>
    value === undefined ? [] : compileEntry(key, value, [...at, key], compiler),
  );
  if (Object.keys(source).length === 0) {
    compiler.report({ path: at, at: 'value', value: source, expected: 'at least one attribute' });
  }
  return wholeOf(parts);
}

function wholeOf(parts: readonly Condition[]): Condition {
  const [only] = parts;
  return parts.length === 1 && only ? only : { kind: 'all', parts };
}

function compileEntry(
  key: string,
  value: NonNullable<ConditionSource[string]>,
  at: Path,
  compiler: Compiler,
): readonly Condition[] {
  switch (key) {
    case 'all':
    case 'any': {
      const parts = (value as readonly ConditionSource[]).map((part, index) =>
        compileCondition(part, [...at, index], compiler),
      );
      return [{ kind: key, parts }];
    }
    case 'not':
      return [{ kind: 'not', part: compileCondition(value as ConditionSource, at, compiler) }];
    case 'study':
      return compileStudy(value as StudySource, at, compiler);
    case 'arrival':
      if (compiler.inStudy) {
        compiler.report({ path: at, at: 'key', expected: 'no arrival inside study' });
      }
      return compileArrival(value as ArrivalSource, at, compiler.report);
    case 'age':
      return compileAge(value as TestSource, at, compiler.report);
    case 'sample':
      return compileSample(value as number | SampleSource);
    default:
      return compileAttribute(key, value as TestSource, at, compiler);
  }
}

function compileStudy(source: StudySource, at: Path, compiler: Compiler): readonly Condition[] {
  if (compiler.inStudy) {
    compiler.report({ path: at, at: 'key', expected: 'attributes of one image inside study' });
  }
  return (['some', 'every', 'none'] as const).flatMap((quantifier): readonly Condition[] => {
    const part = source[quantifier];
    if (part === undefined) return [];
    const inner = compileCondition(part, [...at, quantifier], { ...compiler, inStudy: true });
    return [{ kind: 'study', quantifier, part: inner }];
  });
}

function compileAttribute(
  key: string,
  test: TestSource,
  at: Path,
  { dictionary, report }: Compiler,
): readonly Condition[] {
  const compiled = compilePath(key, dictionary);
  if ('refused' in compiled) {
    report({ path: at, at: 'key', expected: compiled.refused });
    return [];
  }
  return compileTest(test, compiled.path, at, report);
}
