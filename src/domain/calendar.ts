/**
 * Days, ages and wall clocks, without a clock of its own: every moment is given.
 * A day is the number of days since 1970-01-01, whatever the time zone.
 */
export type CalendarUnit = 'D' | 'W' | 'M' | 'Y';

const dayMs = 86_400_000;

/** Undefined when there is no such day. */
export function dayOf(year: number, month: number, date: number): number | undefined {
  const at = new Date(Date.UTC(year, month - 1, date));
  const exists = at.getUTCMonth() === month - 1 && at.getUTCDate() === date;
  return exists ? at.getTime() / dayMs : undefined;
}

/** Months and years keep the date; where the month is too short, its last day is taken. */
export function addToDay(day: number, count: number, unit: CalendarUnit): number {
  if (unit === 'D' || unit === 'W') return day + count * (unit === 'W' ? 7 : 1);
  const { year, month, date } = partsOf(day);
  const months = year * 12 + (month - 1) + count * (unit === 'Y' ? 12 : 1);
  const [atYear, atMonth] = [Math.floor(months / 12), (((months % 12) + 12) % 12) + 1];
  const lastDate = new Date(Date.UTC(atYear, atMonth, 0)).getUTCDate();
  return Date.UTC(atYear, atMonth - 1, Math.min(date, lastDate)) / dayMs;
}

/** Whole units from one day to a later one, as ages count: a year is complete on the birthday. */
export function completedUnits(from: number, to: number, unit: CalendarUnit): number {
  if (unit === 'D' || unit === 'W') return Math.floor((to - from) / (unit === 'W' ? 7 : 1));
  const [start, end] = [partsOf(from), partsOf(to)];
  const begun = (end.year - start.year) * 12 + end.month - start.month;
  const months = begun - (end.date < start.date ? 1 : 0);
  return unit === 'M' ? months : Math.floor(months / 12);
}

function partsOf(day: number) {
  const at = new Date(day * dayMs);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, date: at.getUTCDate() };
}

export const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** What calendar and clock on the wall show. */
export interface LocalTime {
  readonly day: number;
  /** Since midnight by the wall clock, 0 to 1439. */
  readonly minute: number;
  readonly weekday: Weekday;
}

/** One a time zone; an installation has one. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** @param timeZone an IANA name: `Europe/Berlin`, `UTC` @throws RangeError for a name that is not known */
export function localTime(at: Date, timeZone: string): LocalTime {
  const format = formats.get(timeZone) ?? wallClock(timeZone);
  formats.set(timeZone, format);
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const day = Date.UTC(part('year'), part('month') - 1, part('day')) / dayMs;
  // 1970-01-01 was a Thursday.
  const weekday = weekdays[(((day + 3) % 7) + 7) % 7] ?? 'Mon';
  return { day, minute: part('hour') * 60 + part('minute'), weekday };
}

export function isTimeZone(name: string): boolean {
  try {
    wallClock(name);
    return true;
  } catch {
    return false;
  }
}

function wallClock(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
}
