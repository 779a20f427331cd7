import type { OffHours } from '../off-hours.js';
import { clauseOf, compileTest } from './compile-test.js';
import type { Condition } from './condition.js';
import { ageFact, arrivalFacts, sampleFact } from './facts.js';
import type {
  ArrivalSource,
  OffHoursSource,
  RuleFault,
  SampleSource,
  TestSource,
} from './source.js';
import { truthOf } from './truth.js';
import { intervalOf } from './values.js';

type Path = RuleFault['path'];
type Report = (fault: RuleFault) => void;

/** All entries of `arrival:` must hold. */
export function compileArrival(
  source: ArrivalSource,
  at: Path,
  report: Report,
): readonly Condition[] {
  const keys = Object.keys(source) as (keyof ArrivalSource)[];
  return keys.flatMap((key) => {
    const test = source[key];
    return test === undefined ? [] : compileTest(test, arrivalFacts[key], [...at, key], report);
  });
}

export function compileAge(source: TestSource, at: Path, report: Report): readonly Condition[] {
  return compileTest(source, ageFact, at, report);
}

/** A number alone is the percentage of instances. */
export function compileSample(source: number | SampleSource): readonly Condition[] {
  const {
    percent,
    of = 'instance',
    salt = '',
  } = typeof source === 'number' ? { percent: source } : source;
  const noun = of === 'study' ? 'studies' : of === 'series' ? 'series' : 'instances';
  const holds = (draw: string) => truthOf(Number(draw) < percent);
  return [clauseOf(sampleFact(of, salt), `below ${percent} % of ${noun}`, holds)];
}

const minute = 60_000_000;

export function compileOffHours(
  { from, to, weekends = false }: OffHoursSource,
  at: Path,
  report: Report,
): OffHours | undefined {
  const minutes = Object.entries({ from, to }).map(([key, time]) => {
    const interval = intervalOf('time', time);
    if (!interval) {
      const expected = 'a time: HH, HH:MM or HH:MM:SS';
      report({ path: [...at, key], at: 'value', value: time, expected });
    }
    return interval && Math.floor(interval.low / minute);
  });
  const [start, end] = minutes;
  if (start === undefined || end === undefined) return undefined;
  if (start === end) {
    report({ path: [...at, 'to'], at: 'value', value: to, expected: 'another time than from' });
  }
  return { from: start, to: end, weekends };
}
