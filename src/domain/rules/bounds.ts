import { addToDay, type CalendarUnit } from '../calendar.js';
import type { Operand } from './source.js';
import { all, any, type Truth } from './truth.js';
import {
  completedAge,
  intervalOf,
  wholeDay,
  within,
  type Interval,
  type OrderedKind,
} from './values.js';

/** When a decision is made, for operands such as `today-30d`. */
export interface Moment {
  /** By the wall clock, in days since 1970-01-01; unknown when it is left out. */
  readonly today?: number | undefined;
}

/** An operand that values are compared with. */
export interface Bound {
  /** As AS writes the unit of an age: D, W, M, Y. */
  readonly ageUnit?: string;
  /** Whether it depends on the day of the decision. */
  readonly relative: boolean;
  /** Undefined where the day of the decision is not known. */
  at(moment: Moment): Interval | undefined;
}

/** Undefined when the operand is no value of this kind. */
export function compileBound(kind: OrderedKind, operand: Operand): Bound | undefined {
  const text = String(operand);
  if (kind === 'date' || kind === 'datetime') {
    const relative = relativeDay(text);
    if (relative) return relative;
  }
  const interval = intervalOf(kind, text);
  if (!interval) return undefined;
  const fixed: Bound = { relative: false, at: () => interval };
  return kind === 'age' ? { ...fixed, ageUnit: /[DWMY]$/i.exec(text)?.[0] ?? 'Y' } : fixed;
}

/** `today`, `today-30d`, `today + 1w`; units d, w, m, y by the calendar. */
function relativeDay(text: string): Bound | undefined {
  const parts = /^today(?:\s*([+-])\s*(\d{1,5})\s*([dwmy]))?$/i.exec(text.trim());
  if (!parts) return undefined;
  const [, sign, count = '0', unit = 'd'] = parts;
  const steps = Number(count) * (sign === '-' ? -1 : 1);
  return {
    relative: true,
    at: ({ today }) =>
      today === undefined
        ? undefined
        : wholeDay(addToDay(today, steps, unit.toUpperCase() as CalendarUnit)),
  };
}

/** Whether a value lies between bounds, both included; unknown when its precision does not tell. */
export function between(
  kind: OrderedKind,
  value: string,
  from: Bound | undefined,
  to: Bound | undefined,
  moment: Moment,
): Truth {
  return all([
    ...(from ? [reaches(kind, value, from, moment)] : []),
    ...(to ? [staysBelow(kind, value, to, moment)] : []),
  ]);
}

/** The same where values begin again after the last, as hours do: from 19 to 6. */
export function betweenCyclic(
  kind: OrderedKind,
  value: string,
  from: Bound,
  to: Bound,
  moment: Moment,
): Truth {
  return any([reaches(kind, value, from, moment), staysBelow(kind, value, to, moment)]);
}

function reaches(kind: OrderedKind, value: string, from: Bound, moment: Moment): Truth {
  const [interval, bound] = [valueFor(kind, value, from), from.at(moment)];
  return interval && bound ? within(interval, bound) : 'unknown';
}

function staysBelow(kind: OrderedKind, value: string, to: Bound, moment: Moment): Truth {
  const [interval, bound] = [valueFor(kind, value, to), to.at(moment)];
  return interval && bound ? within(interval, undefined, bound) : 'unknown';
}

/** A computed age is known in every unit: that of the bound compares exactly. */
function valueFor(kind: OrderedKind, value: string, { ageUnit }: Bound): Interval | undefined {
  if (kind !== 'age' || !value.includes(' ')) return intervalOf(kind, value);
  const same = value.split(' ').find((age) => age.endsWith(ageUnit?.toUpperCase() ?? 'Y'));
  return same === undefined ? undefined : completedAge(same);
}
