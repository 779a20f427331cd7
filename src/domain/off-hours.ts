import { localTime, type LocalTime } from './calendar.js';

/** Hours of each day by the wall clock; over midnight where they end before they begin. */
export interface OffHours {
  /** Minutes since midnight, 0 to 1439. */
  readonly from: number;
  /** The first minute that does not belong to them. */
  readonly to: number;
  /** Saturdays and Sundays belong to them from midnight to midnight. */
  readonly weekends: boolean;
}

const minuteMs = 60_000;
const dayMinutes = 1440;
const daysToSaturday = { Mon: 5, Tue: 4, Wed: 3, Thu: 2, Fri: 1, Sat: 0, Sun: 6 } as const;

/** Hours that fall out where clocks go forward begin on the next day. */
const mostSteps = 3;

/**
 * The given moment when it lies within the hours, else their next beginning. A beginning that falls out where clocks
 * go forward is the first that can be told to lie within the hours.
 */
export function nextOffHours(now: Date, hours: OffHours, timeZone: string): Date {
  const within = (at: Date) => isWithin(localTime(at, timeZone), hours);
  if (within(now)) return now;
  let at = new Date(Math.floor(now.getTime() / minuteMs) * minuteMs);
  for (let step = 0; step < mostSteps; step++) {
    const local = localTime(at, timeZone);
    const minutes = minutesUntil(local, hours);
    const next = new Date(at.getTime() + minutes * minuteMs);
    // Clocks may have been changed on the way.
    const late = localTime(next, timeZone).minute - (local.minute + minutes);
    const drift = late - Math.round(late / dayMinutes) * dayMinutes;
    const mended = new Date(next.getTime() - drift * minuteMs);
    const begins = [mended, next].find((moment) => moment > now && within(moment));
    if (begins) return begins;
    at = next;
  }
  return at;
}

function isWithin({ minute, weekday }: LocalTime, { from, to, weekends }: OffHours): boolean {
  if (weekends && (weekday === 'Sat' || weekday === 'Sun')) return true;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** At least one: a moment that is not within them is before them. */
function minutesUntil({ minute, weekday }: LocalTime, { from, weekends }: OffHours): number {
  const untilFrom = (from - minute + dayMinutes) % dayMinutes || dayMinutes;
  const untilWeekend = daysToSaturday[weekday] * dayMinutes - minute;
  return weekends ? Math.min(untilFrom, untilWeekend) : untilFrom;
}
