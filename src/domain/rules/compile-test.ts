import { between, betweenCyclic, compileBound, type Bound, type Moment } from './bounds.js';
import type { Clause, Readable } from './condition.js';
import { compilePattern } from './pattern.js';
import type { Operand, OperatorsSource, RuleFault, TestSource } from './source.js';
import { any, truthOf, type Truth } from './truth.js';
import { foldText, isOrdered, type OrderedKind, type ValueKind } from './values.js';

type Path = RuleFault['path'];
type Report = (fault: RuleFault) => void;
type Holds = (value: string, moment: Moment) => Truth;

/** One clause for each operator. Faults go to `report`; what is at fault yields no clause. */
export function compileTest(
  source: TestSource,
  reads: Readable,
  at: Path,
  report: Report,
): readonly Clause[] {
  const [operators, place] = withOperators(source, at);
  const compiler: Compiler = { reads, report };
  const clauses = [
    operators.equals !== undefined && equalsClause(operators.equals, place('equals'), compiler),
    operators.in !== undefined && inClause(operators.in, place('in'), compiler),
    operators.matches !== undefined && matchesClause(operators.matches, place('matches'), compiler),
    operators.exists !== undefined && existsClause(operators.exists, reads),
    operators.range !== undefined && rangeClause(operators.range, place('range'), compiler),
  ];
  return clauses.filter((clause) => clause !== false && clause !== undefined);
}

interface Compiler {
  readonly reads: Readable;
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

export function clauseOf(reads: Readable, predicate: string, holds: Holds): Clause {
  return { kind: 'clause', reads, predicate, test: { kind: 'value', holds } };
}

function existsClause(expected: boolean, reads: Readable): Clause {
  const predicate = expected ? 'exists' : 'is absent';
  return { kind: 'clause', reads, predicate, test: { kind: 'exists', expected } };
}

function equalsClause(operand: Operand, at: Path, { reads, report }: Compiler) {
  const holds = compileOperand(operand, reads.kind, at, report);
  return holds && clauseOf(reads, `is ${shownOperand(operand, reads)}`, holds);
}

function inClause(operands: readonly Operand[], at: Path, { reads, report }: Compiler) {
  const tests = operands.map((operand, index) =>
    compileOperand(operand, reads.kind, [...at, index], report),
  );
  const listed = operands.map((operand) => shownOperand(operand, reads));
  const shown = reads.withheld ? '[...]' : `[${listed.join(', ')}]`;
  const holds: Holds = (value, moment) =>
    any(tests.map((test) => test?.(value, moment) ?? 'unknown'));
  return tests.includes(undefined) ? undefined : clauseOf(reads, `in ${shown}`, holds);
}

function matchesClause(pattern: string, at: Path, { reads, report }: Compiler) {
  const { kind } = reads;
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
  const { search, instructions } = compiled;
  const holds: Holds = (value) => {
    const found = search(value);
    return found === undefined ? 'unknown' : truthOf(found);
  };
  const clause = clauseOf(reads, `matches ${shownOperand(pattern, reads)}`, holds);
  return { ...clause, test: { kind: 'value' as const, holds, instructions } };
}

function rangeClause(
  range: NonNullable<OperatorsSource['range']>,
  at: Path,
  { reads, report }: Compiler,
) {
  const bounds = [range.from, range.to].filter((bound) => bound !== undefined);
  const kind = orderedKind(reads.kind, bounds);
  if (!kind) {
    const expected = `${operatorsFor(reads.kind)}; its values have no order`;
    report({ path: at, at: 'key', expected });
    return undefined;
  }
  const bound = (end: 'from' | 'to') => {
    const operand = range[end];
    return operand === undefined
      ? undefined
      : boundOf(operand, kind, { path: [...at, end], report });
  };
  const [from, to] = [bound('from'), bound('to')];
  const reversed = from !== undefined && to !== undefined && isReversed(from, to);
  const cyclic = 'cyclic' in reads && reads.cyclic;
  if (reversed && !cyclic) {
    report({ path: [...at, 'to'], at: 'value', value: range.to, expected: 'no less than from' });
  }
  const shown = [
    range.from === undefined ? '' : `from ${shownOperand(range.from, reads)}`,
    range.to === undefined ? '' : `to ${shownOperand(range.to, reads)}`,
  ].filter((part) => part !== '');
  const holds: Holds = reversed
    ? (value, moment) => betweenCyclic(kind, value, from, to, moment)
    : (value, moment) => between(kind, value, from, to, moment);
  return clauseOf(reads, shown.join(' '), holds);
}

/** What depends on the day of the decision is not known to be. */
function isReversed(from: Bound, to: Bound): boolean {
  const [low, high] = [from.at({})?.low, to.at({})?.high];
  return low !== undefined && high !== undefined && low > high;
}

/** Private attributes compare as numbers where the rule gives numbers. */
function orderedKind(kind: ValueKind, bounds: readonly Operand[]): OrderedKind | undefined {
  if (isOrdered(kind)) return kind;
  const numeric = bounds.every((bound) => typeof bound === 'number');
  return kind === 'any' && numeric ? 'number' : undefined;
}

function boundOf(
  operand: Operand,
  kind: OrderedKind,
  { path, report }: { readonly path: Path; readonly report: Report },
): Bound | undefined {
  const bound = compileBound(kind, operand);
  if (!bound) report({ path, at: 'value', value: operand, expected: kindNames[kind] });
  return bound;
}

function compileOperand(
  operand: Operand,
  kind: ValueKind,
  at: Path,
  report: Report,
): Holds | undefined {
  const ordered = orderedKind(kind, [operand]);
  if (ordered) {
    const wanted = boundOf(operand, ordered, { path: at, report });
    return (value, moment) =>
      wanted ? between(ordered, value, wanted, wanted, moment) : 'unknown';
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
  date: 'a date: YYYY-MM-DD, YYYYMMDD, today or today-30d',
  time: 'a time: HH, HH:MM or HH:MM:SS',
  datetime: 'a date and time: YYYY-MM-DDTHH:MM:SS, or today-30d',
  age: 'an age: 45Y, 18M, 3W or 2D',
  sequence: 'items (name an attribute in them after a dot)',
  binary: 'binary data',
};

function operatorsFor(kind: ValueKind): string {
  if (kind === 'sequence' || kind === 'binary') return 'exists';
  return isOrdered(kind) ? 'equals, in, range or exists' : 'equals, in, matches or exists';
}

function shownOperand(operand: Operand, { withheld }: Readable): string {
  if (withheld) return '(withheld)';
  return typeof operand === 'string' && /[\s,]/.test(operand) ? `"${operand}"` : String(operand);
}
