import type { Clause } from './condition.js';
import type { AttributePath } from './path.js';
import { compilePattern } from './pattern.js';
import type { Operand, OperatorsSource, RuleFault, TestSource } from './source.js';
import { any, truthOf, type Truth } from './truth.js';
import {
  foldText,
  intervalOf,
  isOrdered,
  within,
  type OrderedKind,
  type ValueKind,
} from './values.js';

type Path = RuleFault['path'];
type Report = (fault: RuleFault) => void;

/** One clause for each operator. Faults go to `report`; what is at fault yields no clause. */
export function compileTest(
  source: TestSource,
  attribute: AttributePath,
  at: Path,
  report: Report,
): readonly Clause[] {
  const [operators, place] = withOperators(source, at);
  const compiler: Compiler = { attribute, report };
  const clauses = [
    operators.equals !== undefined && equalsClause(operators.equals, place('equals'), compiler),
    operators.in !== undefined && inClause(operators.in, place('in'), compiler),
    operators.matches !== undefined && matchesClause(operators.matches, place('matches'), compiler),
    operators.exists !== undefined && existsClause(operators.exists, attribute),
    operators.range !== undefined && rangeClause(operators.range, place('range'), compiler),
  ];
  return clauses.filter((clause) => clause !== false && clause !== undefined);
}

interface Compiler {
  readonly attribute: AttributePath;
  readonly report: Report;
}

function withOperators(source: TestSource, at: Path): [OperatorsSource, (key: string) => Path] {
  if (isList(source)) return [{ in: source }, () => at];
  if (typeof source !== 'object') return [{ equals: source }, () => at];
  return [source, (key) => [...at, key]];
}

function isList(source: TestSource): source is readonly Operand[] {
  return Array.isArray(source);
}

function clauseOf(path: AttributePath, predicate: string, holds: (value: string) => Truth): Clause {
  return { kind: 'clause', path, predicate, test: { kind: 'value', holds } };
}

function existsClause(expected: boolean, path: AttributePath): Clause {
  const predicate = expected ? 'exists' : 'is absent';
  return { kind: 'clause', path, predicate, test: { kind: 'exists', expected } };
}

function equalsClause(operand: Operand, at: Path, { attribute, report }: Compiler) {
  const holds = compileOperand(operand, attribute.kind, at, report);
  return holds && clauseOf(attribute, `is ${shownOperand(operand, attribute)}`, holds);
}

function inClause(operands: readonly Operand[], at: Path, { attribute, report }: Compiler) {
  const tests = operands.map((operand, index) =>
    compileOperand(operand, attribute.kind, [...at, index], report),
  );
  const listed = operands.map((operand) => shownOperand(operand, attribute));
  const shown = attribute.withheld ? '[...]' : `[${listed.join(', ')}]`;
  const holds = (value: string) => any(tests.map((test) => test?.(value) ?? 'unknown'));
  return tests.includes(undefined) ? undefined : clauseOf(attribute, `in ${shown}`, holds);
}

function matchesClause(pattern: string, at: Path, { attribute, report }: Compiler) {
  const { kind } = attribute;
  if (kind === 'number' || kind === 'sequence' || kind === 'binary') {
    report({
      path: at,
      at: 'key',
      expected: `${operatorsFor(kind)}; its values are ${kindNames[kind]}`,
    });
    return undefined;
  }
  const compiled = compilePattern(pattern);
  if ('refused' in compiled) {
    report({ path: at, at: 'value', value: pattern, expected: compiled.refused });
    return undefined;
  }
  return clauseOf(attribute, `matches ${shownOperand(pattern, attribute)}`, (value) => {
    const found = compiled.search(value);
    return found === undefined ? 'unknown' : truthOf(found);
  });
}

function rangeClause(
  range: NonNullable<OperatorsSource['range']>,
  at: Path,
  { attribute, report }: Compiler,
) {
  const bounds = [range.from, range.to].filter((bound) => bound !== undefined);
  const kind = orderedKind(attribute.kind, bounds);
  if (!kind) {
    report({
      path: at,
      at: 'key',
      expected: `${operatorsFor(attribute.kind)}; its values have no order`,
    });
    return undefined;
  }
  const [from, to] = (['from', 'to'] as const).map((end) => {
    const operand = range[end];
    const interval = operand === undefined ? undefined : intervalOf(kind, String(operand));
    if (operand !== undefined && !interval) {
      report({ path: [...at, end], at: 'value', value: operand, expected: kindNames[kind] });
    }
    return interval;
  });
  if (from && to && from.low > to.high) {
    report({ path: [...at, 'to'], at: 'value', value: range.to, expected: 'no less than from' });
  }
  const shown = [
    range.from === undefined ? '' : `from ${shownOperand(range.from, attribute)}`,
    range.to === undefined ? '' : `to ${shownOperand(range.to, attribute)}`,
  ].filter((part) => part !== '');
  return clauseOf(attribute, shown.join(' '), (value) => {
    const interval = intervalOf(kind, value);
    return interval ? within(interval, from, to) : 'unknown';
  });
}

/** Private attributes compare as numbers where the rule gives numbers. */
function orderedKind(kind: ValueKind, bounds: readonly Operand[]): OrderedKind | undefined {
  if (isOrdered(kind)) return kind;
  const numeric = bounds.every((bound) => typeof bound === 'number');
  return kind === 'any' && numeric ? 'number' : undefined;
}

function compileOperand(
  operand: Operand,
  kind: ValueKind,
  at: Path,
  report: Report,
): ((value: string) => Truth) | undefined {
  const ordered = orderedKind(kind, [operand]);
  if (ordered) {
    const wanted = intervalOf(ordered, String(operand));
    if (!wanted) report({ path: at, at: 'value', value: operand, expected: kindNames[ordered] });
    return (value) => {
      const interval = intervalOf(ordered, value);
      return interval && wanted ? within(interval, wanted, wanted) : 'unknown';
    };
  }
  if (kind === 'sequence' || kind === 'binary') {
    report({ path: at, at: 'key', expected: `${operatorsFor(kind)}; it holds ${kindNames[kind]}` });
    return undefined;
  }
  if (typeof operand === 'number') {
    report({ path: at, at: 'value', value: operand, expected: 'text: put it in quotes' });
    return undefined;
  }
  const fold = kind === 'person' ? foldName : foldText;
  const wanted = fold(operand);
  return (value) => truthOf(fold(value) === wanted);
}

/** Person names compare by component; padding and trailing empty components do not count. */
function foldName(name: string): string {
  const components = name.split('^').map(foldText);
  return components.join('^').replace(/\^+$/, '');
}

const kindNames: Readonly<Record<ValueKind, string>> = {
  any: 'of an unknown kind',
  text: 'text',
  person: 'person names',
  number: 'a number',
  date: 'a date: YYYY-MM-DD or YYYYMMDD',
  time: 'a time: HH, HH:MM or HH:MM:SS',
  datetime: 'a date and time: YYYY-MM-DDTHH:MM:SS',
  age: 'an age: 45Y, 18M, 3W or 2D',
  sequence: 'items (name an attribute in them after a dot)',
  binary: 'binary data',
};

function operatorsFor(kind: ValueKind): string {
  if (kind === 'sequence' || kind === 'binary') return 'exists';
  return isOrdered(kind) ? 'equals, in, range or exists' : 'equals, in, matches or exists';
}

function shownOperand(operand: Operand, { withheld }: AttributePath): string {
  if (withheld) return '(withheld)';
  return typeof operand === 'string' && /[\s,]/.test(operand) ? `"${operand}"` : String(operand);
}
