import { dayOf } from '../calendar.js';
import type { DicomAttribute, DicomValue } from '../dicom-json.js';
import type { Truth } from './truth.js';

/** How values of a VR compare. `any` is for private attributes, whose VR only the data knows. */
export type ValueKind = 'text' | 'person' | OrderedKind | 'sequence' | 'binary' | 'any';
export type OrderedKind = 'number' | 'date' | 'time' | 'datetime' | 'age';

/** @see DICOM PS3.5 6.2 */
export function kindOfVr(vr: string): ValueKind {
  switch (vr) {
    case 'AE':
    case 'AT':
    case 'CS':
    case 'LO':
    case 'LT':
    case 'SH':
    case 'ST':
    case 'UC':
    case 'UI':
    case 'UR':
    case 'UT':
      return 'text';
    case 'DS':
    case 'FD':
    case 'FL':
    case 'IS':
    case 'SL':
    case 'SS':
    case 'SV':
    case 'UL':
    case 'US':
    case 'UV':
    case 'xs':
      return 'number';
    case 'AS':
      return 'age';
    case 'DA':
      return 'date';
    case 'DT':
      return 'datetime';
    case 'PN':
      return 'person';
    case 'SQ':
      return 'sequence';
    case 'TM':
      return 'time';
    case 'UN':
      return 'any';
    default:
      return 'binary';
  }
}

export function isOrdered(kind: ValueKind): kind is OrderedKind {
  return ['number', 'date', 'time', 'datetime', 'age'].includes(kind);
}

/**
 * What a value of limited precision may stand for: `10` as a time is 10:00:00 to 10:59:59.
 * Both ends belong to it.
 */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Microseconds: the finest that a TM can say, and exact as integers for any date. */
const second = 1_000_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** Mean Gregorian lengths, so that 12 months are a year. */
const ageUnits: Readonly<Record<string, number>> = {
  D: day,
  W: 7 * day,
  M: 30.436875 * day,
  Y: 365.2425 * day,
};

/** Undefined when the text is no value of this kind. */
export function intervalOf(kind: OrderedKind, text: string): Interval | undefined {
  switch (kind) {
    case 'number':
      return point(text.trim() === '' ? Number.NaN : Number(text));
    case 'date':
      return dateOf(text);
    case 'time':
      return timeOf(text);
    case 'datetime':
      return dateTimeOf(text);
    case 'age':
      return ageOf(text);
  }
}

function point(value: number): Interval | undefined {
  return Number.isFinite(value) ? { low: value, high: value } : undefined;
}

/** YYYYMMDD, also as YYYY-MM-DD and the YYYY.MM.DD of ACR-NEMA; days since 1970-01-01. */
export function dayOfDate(text: string): number | undefined {
  const [, year, , month, date] = /^(\d{4})([-.]?)(\d\d)\2(\d\d)$/.exec(text) ?? [];
  return year === undefined ? undefined : dayOf(Number(year), Number(month), Number(date));
}

function dateOf(text: string): Interval | undefined {
  const start = dayOfDate(text);
  return start === undefined ? undefined : wholeDay(start);
}

/** @param start days since 1970-01-01 */
export function wholeDay(start: number): Interval {
  return { low: start * day, high: (start + 1) * day - 1 };
}

/** HH, HHMM, HHMMSS or HHMMSS.FFFFFF, also with colons; microseconds since midnight. */
function timeOf(text: string): Interval | undefined {
  const parts = /^([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d|60)(\.\d{1,6})?)?)?$/.exec(text);
  if (!parts) return undefined;
  const [, hours, minutes, seconds, fraction] = parts;
  const low =
    Number(hours) * hour +
    Number(minutes ?? 0) * minute +
    Number(seconds ?? 0) * second +
    Math.round(Number(fraction ?? 0) * second);
  if (fraction !== undefined) return { low, high: low };
  const precision = seconds !== undefined ? second : minutes !== undefined ? minute : hour;
  return { low, high: low + precision - 1 };
}

/** YYYYMMDD[HH[MM[SS[.F]]]][&ZZXX], also with -, T and colons; without an offset it counts as UTC. */
function dateTimeOf(text: string): Interval | undefined {
  const parts = /^(\d{8}|\d{4}-\d\d-\d\d)T?(\d\d[\d:.]*)?(?:([+-])(\d\d):?(\d\d))?$/.exec(text);
  const date = dateOf(parts?.[1] ?? '');
  if (!parts || !date) return undefined;
  const [, , clock, sign, hours, minutes] = parts;
  const offset =
    (Number(hours ?? 0) * hour + Number(minutes ?? 0) * minute) * (sign === '-' ? -1 : 1);
  const time = clock === undefined ? { low: 0, high: day - 1 } : timeOf(clock);
  return time && { low: date.low + time.low - offset, high: date.low + time.high - offset };
}

/** nnnD, nnnW, nnnM or nnnY in completed units; a number alone is years. */
function ageOf(text: string): Interval | undefined {
  return /^\d{1,3}[DWMY]?$/i.test(text) ? completedAge(text) : undefined;
}

/** Like AS, of any length: an age that was computed may have more than 999 days. */
export function completedAge(text: string): Interval | undefined {
  const [, count, unit] = /^(\d+)([DWMY]?)$/i.exec(text) ?? [];
  const length = ageUnits[unit?.toUpperCase() ?? ''] ?? ageUnits['Y'];
  if (count === undefined || length === undefined) return undefined;
  return { low: Number(count) * length, high: (Number(count) + 1) * length - 1 };
}

/** Whether a value lies within bounds; unknown when its precision does not tell. */
export function within(value: Interval, from?: Interval, to?: Interval): Truth {
  const [low, high] = [from?.low ?? -Infinity, to?.high ?? Infinity];
  if (value.low >= low && value.high <= high) return 'true';
  return value.high < low || value.low > high ? 'false' : 'unknown';
}

/** As texts compare: composed, without padding, in lower case. */
export function foldText(text: string): string {
  return text.replaceAll('\0', '').normalize('NFC').trim().toLowerCase();
}

const nameComponents = ['family', 'given', 'middle', 'prefix', 'suffix'] as const;

/** Index of a person name's component. @see DICOM PS3.5 6.2.1 */
export function nameComponentIndex(word: string): number | undefined {
  const index = nameComponents.findIndex((component) => component === word);
  return index < 0 ? undefined : index;
}

/**
 * The non-empty values of an attribute as texts, without padding. A person name gives one text for
 * each of its groups, or that component of each.
 */
export function textsOfAttribute(attribute: DicomAttribute, component?: number): readonly string[] {
  const texts = (attribute.Value ?? []).flatMap((value) =>
    attribute.vr === 'PN' || component !== undefined
      ? nameTexts(value, component)
      : typeof value === 'object'
        ? []
        : [String(value)],
  );
  return texts.map((text) => text.replaceAll('\0', '').trim()).filter((text) => text !== '');
}

function nameTexts(name: DicomValue, component: number | undefined): readonly string[] {
  const groups =
    typeof name === 'object' && name !== null
      ? [name['Alphabetic'], name['Ideographic'], name['Phonetic']]
      : String(name ?? '').split('=');
  return groups
    .filter((group) => typeof group === 'string')
    .map((group) => group.split('^').map((part) => part.trim()))
    .map((parts) =>
      component === undefined ? parts.join('^').replace(/\^+$/, '') : (parts[component] ?? ''),
    );
}
