import { InvalidArgumentError } from 'commander';

const dayMs = 24 * 60 * 60 * 1000;

/** `30d` or `30`. */
export function lookBack(text: string): number {
  const [, number] = /^(\d{1,4})d?$/.exec(text) ?? [];
  const value = Number(number);
  if (value >= 1 && value <= 3650) return value;
  throw new InvalidArgumentError('days: 1d to 3650d');
}

/** `30d` is so long ago; a date is its beginning in local time; a date with time may name its zone. */
export function moment(text: string): Date {
  if (/^\d{1,4}d$/.test(text)) return new Date(Date.now() - lookBack(text) * dayMs);
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00`) : new Date(text);
  if (/^\d{4}-/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('30d, 2026-01-31 or 2026-01-31T08:00');
}

/** `10`, or `10/s`. */
export function rate(text: string): number {
  const value = Number(text.replace(/\/s$/, ''));
  if (value >= 0.01 && value <= 1000) return value;
  throw new InvalidArgumentError('images a second: 0.01 to 1000');
}
