import { InvalidArgumentError } from 'commander';

export function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('a number above 0, at most 1');
}

export function windowNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= 16) return value;
  throw new InvalidArgumentError('a whole number from 1 to 16');
}

export function evidenceLevels(text: string): readonly number[] {
  const levels = text.split(',').map(Number);
  if (levels.length <= 5 && levels.every((level) => level > 0 && level < 1)) return levels;
  throw new InvalidArgumentError('one to five numbers between 0 and 1, with commas');
}

export function days(text: string): number {
  const value = positive(text);
  if (value <= 366) return value;
  throw new InvalidArgumentError('a whole number of days, 1 to 366');
}

export function positive(text: string): number {
  const value = whole(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('a whole number above 0');
}

export function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 3600) return value;
  throw new InvalidArgumentError('seconds, above 0, at most 3600');
}

export function whole(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('a whole number');
}
