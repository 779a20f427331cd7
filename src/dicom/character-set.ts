import { characterSets, convertBytes } from 'dicom-character-set';

/** Value representations whose text depends on SpecificCharacterSet. @see DICOM PS3.5 6.1.2.2 */
const localised = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);
/** Value representations in which the backslash is a character, not a delimiter. */
const singleValued = new Set(['LT', 'ST', 'UR', 'UT']);
const defaultRepertoire = 'ISO_IR 6';

/**
 * The defined terms of SpecificCharacterSet as this reader uses them, from the attribute's own.
 * Common misspellings (`ISO-IR 100`, `ISO IR 100`, `UTF8`) are mended and unknown terms dropped:
 * a sender's slip in this attribute is no reason to lose a radiograph. A multi-byte set in first place,
 * which the standard forbids, gets the default repertoire in front of it, as its writers meant.
 * @see DICOM PS3.3 C.12.1.1.2
 */
export function characterSetOf(values: readonly string[]): string {
  const terms = values.map(definedTerm);
  const first = terms[0] ?? '';
  const known = terms.slice(1).filter((term) => characterSets[term] !== undefined);
  if (known.length === 0 && !needsDefaultFirst(first)) {
    return characterSets[first] ? first : defaultRepertoire;
  }
  if (standsAlone(first)) return first;
  const initial = characterSets[first] && !needsDefaultFirst(first) ? first : 'ISO 2022 IR 6';
  const extensions = needsDefaultFirst(first) ? [first, ...known] : known;
  // ESC ( B may appear with every extension, also where ISO 2022 IR 6 was left unsaid.
  return [...new Set([initial, ...extensions, 'ISO 2022 IR 6'])].join('\\');
}

function definedTerm(value: string): string {
  const text = value.trim().toUpperCase();
  const iso = /^ISO[ _-]?(2022)?[ _-]?IR[ _-]?(\d{1,3})$/.exec(text);
  if (iso?.[2]) return iso[1] ? `ISO 2022 IR ${iso[2]}` : `ISO_IR ${iso[2]}`;
  if (/^(UTF-?8|ISO 10646)$/.test(text)) return 'ISO_IR 192';
  if (text === 'GB2312') return 'GBK';
  return text;
}

function standsAlone(term: string): boolean {
  const set = characterSets[term];
  return set?.multiByte === true && set.extension !== true;
}

function needsDefaultFirst(term: string): boolean {
  const set = characterSets[term];
  return set?.multiByte === true && set.extension === true;
}

/**
 * Text of one element as Unicode, not yet split into values. Never fails:
 * bytes that the declared sets cannot explain are read as Latin-1 or as U+FFFD.
 * @param characterSet from `characterSetOf`
 */
export function decodeText(bytes: Uint8Array, vr: string, characterSet: string): string {
  const isAscii = bytes.every((byte) => byte < 0x80 && byte !== 0x1b);
  if (isAscii || !localised.has(vr)) return latin1(bytes);
  try {
    // A copy, because the package reads from the start of the underlying buffer of a pooled Buffer.
    const decoded = convertBytes(characterSet, Uint8Array.from(bytes), { vr });
    return characterSet === defaultRepertoire && decoded.includes('\uFFFD')
      ? latin1(bytes)
      : decoded;
  } catch {
    return latin1(bytes);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/**
 * The values of a text element without DICOM padding.
 * Leading spaces count in LT, ST and UT only. @see DICOM PS3.5 6.2
 */
export function textValues(text: string, vr: string): readonly string[] {
  if (singleValued.has(vr)) return [text.replace(/[ \0]+$/, '')];
  return text.split('\\').map((value) => value.replace(/^ +|[ \0]+$/g, ''));
}
