import type { DicomAttribute, DicomDataset, DicomValue, PersonName } from '../domain/dicom-json.js';

/** Longest value in characters. @see DICOM PS3.5 Table 6.2-1 */
const longest: Readonly<Record<string, number>> = {
  AE: 16,
  LO: 64,
  LT: 10240,
  PN: 64,
  SH: 16,
  ST: 1024,
  UC: 1024,
  UT: 10240,
};

/** What a value of these VRs must look like; what does not is worse than nothing and is left out. */
const shape: Readonly<Record<string, RegExp>> = {
  AS: /^\d{3}[DWMY]$/,
  CS: /^[A-Z0-9 _]{1,16}$/,
  DA: /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/,
  DS: /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/,
  DT: /^\d{4}((0[1-9]|1[0-2])((0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?$/,
  IS: /^[+-]?\d{1,10}$/,
  TM: /^([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)?$/,
  UI: /^[0-9.]{1,64}$/,
};

/** Made for the first text that is too long: each takes a megabyte or more. */
let characters: Intl.Segmenter | undefined;

/** An attribute in the JSON model. No values make an empty attribute. */
export function element(vr: string, ...values: readonly DicomValue[]): DicomAttribute {
  return values.length === 0 ? { vr } : { vr, Value: values };
}

/**
 * The first `limit` code points, never ending inside a character that is built from several.
 * @see DICOM PS3.5 6.1.2.4: lengths count characters, not bytes
 */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  characters ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  let kept = '';
  let length = 0;
  for (const { segment } of characters.segment(text)) {
    length += Array.from(segment).length;
    if (length > limit) break;
    kept += segment;
  }
  return kept;
}

/**
 * The values of `attribute` that `vr` allows, brought into its form: trimmed, without control
 * characters, cut to length, numbers as text of at most 16 characters. Others are left out.
 */
export function conformingValues(vr: string, attribute: DicomAttribute | undefined): DicomValue[] {
  return (attribute?.Value ?? [])
    .map((value) => conformingValue(vr, value))
    .filter((value) => value !== undefined);
}

function conformingValue(vr: string, value: DicomValue): DicomValue | undefined {
  if (value === null) return undefined;
  if (vr === 'SQ') return typeof value === 'object' ? conformingItem(value) : undefined;
  if (vr === 'PN') return conformingName(value);
  if (typeof value === 'object') return undefined;
  if (vr === 'DS') return conformingDecimal(value);
  const text = cleanText(vr, String(value));
  const pattern = shape[vr];
  if (text === '' || (pattern && !pattern.test(text))) return undefined;
  const limit = longest[vr];
  return limit === undefined ? text : cutText(text, limit).trimEnd();
}

/** Only LT, ST, UT keep line breaks; a backslash would divide the values of all others. */
function cleanText(vr: string, text: string): string {
  // Control characters and halves of surrogate pairs: neither can be written as UTF-8 text.
  const stray = /[\p{Cc}\p{Cs}]/gu;
  if (['LT', 'ST', 'UT'].includes(vr)) {
    return text.replace(stray, (found) => ('\t\n\f\r'.includes(found) ? found : '')).trimEnd();
  }
  const line = text.replace(stray, '').replaceAll('\\', '/').trim();
  return vr === 'CS' ? line.toUpperCase() : line;
}

/** A decimal string keeps its digits where it fits; otherwise the nearest number of 16 characters. */
function conformingDecimal(value: string | number): string | undefined {
  const text = String(value).replaceAll('\0', '').trim();
  if (!shape['DS']?.test(text) || !Number.isFinite(Number(text))) return undefined;
  return text.length <= 16 ? text : decimalString(Number(text));
}

/** The most exact text of at most 16 characters. @see DICOM PS3.5 Table 6.2-1, DS */
export function decimalString(value: number): string {
  const exact = String(value);
  if (exact.length <= 16) return exact;
  for (let digits = 15; digits > 0; digits -= 1) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 16) return text;
  }
  return '0';
}

/** All three groups kept, each within 64 characters; `=` and backslash would divide a name wrongly. */
function conformingName(value: DicomValue): PersonName | undefined {
  const name: PersonName =
    typeof value === 'string' ? { Alphabetic: value } : ((value ?? {}) as PersonName);
  const group = (text: unknown): string | undefined =>
    typeof text === 'string'
      ? cutText(cleanText('PN', text).replaceAll('=', '-'), 64) || undefined
      : undefined;
  const Alphabetic = group(name.Alphabetic);
  const Ideographic = group(name.Ideographic);
  const Phonetic = group(name.Phonetic);
  if (Alphabetic === undefined && Ideographic === undefined && Phonetic === undefined) {
    return undefined;
  }
  return {
    ...(Alphabetic === undefined ? {} : { Alphabetic }),
    ...(Ideographic === undefined ? {} : { Ideographic }),
    ...(Phonetic === undefined ? {} : { Phonetic }),
  };
}

/** An item without its private attributes, its bulk data and its broken values. */
function conformingItem(item: DicomDataset | PersonName): DicomDataset {
  const kept: Record<string, DicomAttribute> = {};
  for (const [tag, attribute] of Object.entries(item as DicomDataset)) {
    const isPrivate = Number.parseInt(tag.slice(3, 4), 16) % 2 === 1;
    const values = conformingValues(attribute.vr, attribute);
    if (!isPrivate && values.length > 0 && textual.has(attribute.vr)) {
      kept[tag] = element(attribute.vr, ...values);
    }
  }
  return kept;
}

const textual = new Set([...Object.keys(longest), ...Object.keys(shape), 'SQ', 'UR']);
