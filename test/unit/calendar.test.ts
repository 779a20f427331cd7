import assert from 'node:assert/strict';
import {
  addToDay,
  completedUnits,
  dayOf,
  isTimeZone,
  localTime,
  weekdays,
  type CalendarUnit,
} from '../../src/domain/calendar.js';
import { nextOffHours, type OffHours } from '../../src/domain/off-hours.js';

function day(text: string): number {
  const [year = 0, month = 0, date = 0] = text.split('-').map(Number);
  return dayOf(year, month, date) ?? assert.fail(text);
}

const textOfDay = (at: number) => new Date(at * 86_400_000).toISOString().slice(0, 10);

describe('calendar', () => {
  it('has no day that does not exist', () => {
    assert.equal(dayOf(2025, 2, 29), undefined);
    assert.equal(dayOf(2024, 13, 1), undefined);
    assert.equal(dayOf(1970, 1, 1), 0);
  });

  it('adds units, keeping the date where the month has one', () => {
    const rows: readonly [string, number, CalendarUnit, string][] = [
      ['2026-01-31', 1, 'M', '2026-02-28'],
      ['2026-03-31', -1, 'M', '2026-02-28'],
      ['2024-02-29', 1, 'Y', '2025-02-28'],
      ['2024-02-29', -4, 'Y', '2020-02-29'],
      ['2026-01-15', -13, 'M', '2024-12-15'],
      ['2026-03-01', -1, 'D', '2026-02-28'],
      ['2026-03-01', 2, 'W', '2026-03-15'],
    ];
    for (const [from, count, unit, to] of rows) {
      assert.equal(textOfDay(addToDay(day(from), count, unit)), to, `${from} ${count}${unit}`);
    }
  });

  it('completes a year on the birthday and not a day before', () => {
    const rows: readonly [string, string, CalendarUnit, number][] = [
      ['2000-06-15', '2018-06-14', 'Y', 17],
      ['2000-06-15', '2018-06-15', 'Y', 18],
      ['2024-02-29', '2025-02-28', 'Y', 0],
      ['2024-02-29', '2025-03-01', 'Y', 1],
      ['2026-01-31', '2026-02-28', 'M', 0],
      ['2026-01-31', '2026-03-01', 'M', 1],
      ['2026-01-01', '2026-01-14', 'W', 1],
    ];
    for (const [from, to, unit, expected] of rows) {
      assert.equal(completedUnits(day(from), day(to), unit), expected, `${from} ${to} ${unit}`);
    }
  });

  it('agrees with itself: what was added is complete, and one day earlier it is not', () => {
    for (let start = day('2023-11-01'); start < day('2025-04-01'); start += 1) {
      if (textOfDay(start).slice(8) > '28') continue;
      for (const unit of ['D', 'W', 'M', 'Y'] as const) {
        const end = addToDay(start, 7, unit);
        assert.equal(completedUnits(start, end, unit), 7);
        assert.equal(completedUnits(start, end - 1, unit), 6);
      }
    }
  });

  it('reads the clock on the wall, also where it is changed', () => {
    const berlin = (text: string) => localTime(new Date(text), 'Europe/Berlin');
    assert.deepEqual(berlin('2026-11-25T23:30:00Z'), {
      day: day('2026-11-26'),
      minute: 30,
      weekday: 'Thu',
    });
    assert.equal(berlin('2026-03-29T00:59:00Z').minute, 119);
    assert.equal(berlin('2026-03-29T01:00:00Z').minute, 180);
    assert.equal(localTime(new Date('1969-12-31T12:00:00Z'), 'UTC').weekday, 'Wed');
    assert.equal(localTime(new Date('2026-01-01T00:00:00Z'), 'UTC').minute, 0);
  });

  it('tells time zones from other words', () => {
    assert.ok(isTimeZone('America/Sao_Paulo'));
    assert.ok(!isTimeZone('Berlin'));
  });
});

describe('off-hours', () => {
  const nights: OffHours = { from: 19 * 60, to: 7 * 60, weekends: false };
  const withWeekends: OffHours = { ...nights, weekends: true };
  const noon: OffHours = { from: 12 * 60, to: 13 * 60, weekends: false };
  const next = (text: string, hours: OffHours, zone = 'Europe/Berlin') =>
    nextOffHours(new Date(text), hours, zone).toISOString();

  it('have begun where the moment lies within them', () => {
    for (const now of ['2026-11-25T18:00:00.000Z', '2026-11-25T05:59:59.000Z']) {
      assert.equal(next(now, nights), now);
    }
    assert.equal(next('2026-11-28T12:00:00.000Z', withWeekends), '2026-11-28T12:00:00.000Z');
  });

  it('begin at their hour by the wall clock', () => {
    assert.equal(next('2026-11-25T06:00:00Z', nights), '2026-11-25T18:00:00.000Z');
    assert.equal(next('2026-07-01T06:00:30Z', nights), '2026-07-01T17:00:00.000Z');
    assert.equal(next('2026-11-25T12:30:00Z', noon), '2026-11-26T11:00:00.000Z');
  });

  it('begin with the weekend where it belongs to them', () => {
    const late: OffHours = { from: 1 * 60, to: 2 * 60, weekends: true };
    assert.equal(next('2026-11-27T12:00:00Z', late), '2026-11-27T23:00:00.000Z');
  });

  it('begin right on the days on which clocks change', () => {
    assert.equal(next('2026-10-25T00:30:00Z', noon), '2026-10-25T11:00:00.000Z');
    assert.equal(next('2026-03-28T22:30:00Z', noon), '2026-03-29T10:00:00.000Z');
    // Clocks went forward at midnight in Beirut, so that the day began at one.
    const midnight: OffHours = { from: 0, to: 6 * 60, weekends: false };
    assert.equal(next('2024-03-30T10:00:00Z', midnight, 'Asia/Beirut'), '2024-03-30T22:00:00.000Z');
    // Back at midnight: the hour before it came twice.
    assert.equal(next('2024-10-26T10:00:00Z', midnight, 'Asia/Beirut'), '2024-10-26T22:00:00.000Z');
    // 02:00 to 02:59 falls out that night.
    const lost: OffHours = { from: 2 * 60 + 30, to: 2 * 60 + 45, weekends: false };
    assert.equal(next('2026-03-28T22:30:00Z', lost), '2026-03-30T00:30:00.000Z');
  });

  it('are never behind the moment, never more than a week ahead, and hold when they begin', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata']) {
      for (const hours of [nights, withWeekends, noon]) {
        for (let at = Date.UTC(2026, 9, 20); at < Date.UTC(2026, 10, 5); at += 47 * 60_000) {
          const begins = nextOffHours(new Date(at), hours, zone).getTime();
          assert.ok(begins >= at && begins - at <= 25 * 3_600_000);
          const { minute, weekday } = localTime(new Date(begins), zone);
          const within =
            hours.from < hours.to
              ? minute >= hours.from && minute < hours.to
              : minute >= hours.from || minute < hours.to;
          const weekend = hours.weekends && weekdays.indexOf(weekday) >= 5;
          assert.ok(within || weekend, `${zone} ${new Date(at).toISOString()}`);
        }
      }
    }
  });
});
