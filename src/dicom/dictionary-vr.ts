import { dictionaryTable } from './dictionary-table.js';

/** Every value representation of the standard. @see DICOM PS3.5 6.2 */
const valueRepresentations = new Set(
  (
    'AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM ' +
    'UC UI UL UN UR US UT UV'
  ).split(' '),
);

export function isValueRepresentation(vr: string | undefined): vr is string {
  return vr !== undefined && valueRepresentations.has(vr);
}

/**
 * What the dictionary of dcmjs calls `xs` (US or SS) and `ox`, `lt` (OB or OW, US or OW).
 * Implicit encodings leave the choice to other attributes.
 * @see DICOM PS3.5 Annex A.1
 */
function unambiguous(vr: string, signedPixels: boolean): string {
  if (vr === 'xs') return signedPixels ? 'SS' : 'US';
  if (vr === 'ox' || vr === 'lt') return 'OW';
  if (vr === 'up') return 'UL';
  return isValueRepresentation(vr) ? vr : 'UN';
}

/**
 * The value representation of an element whose encoding does not say it.
 * `UN` for private and unknown elements.
 * @param tag eight upper-case hexadecimal digits
 */
export function dictionaryVr(tag: string, signedPixels: boolean): string {
  const group = tag.slice(0, 4);
  const element = tag.slice(4);
  if (element === '0000') return 'UL';
  if (Number.parseInt(group, 16) % 2 === 1) return element.startsWith('00') ? 'LO' : 'UN';
  if (/^60[0-9A-F]{2}$/.test(group)) return overlayVr[element] ?? 'UN';
  return unambiguous(writtenVr(tag) ?? 'UN', signedPixels);
}

/** Read when first asked: most files say it themselves. */
let byTag: ReadonlyMap<string, string> | undefined;

/** In the dictionary's own spelling. */
export function writtenVr(tag: string): string | undefined {
  byTag ??= tableByTag(dictionaryTable);
  return byTag.get(tag);
}

/** `gggg:` begins a group, two letters a value representation in it, `eeee` is an element that has it. */
function tableByTag(table: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  let [group, vr] = ['', ''];
  for (const word of table.trim().split(/\s+/)) {
    if (word.endsWith(':')) group = word.slice(0, -1);
    else if (word.length === 2) vr = word;
    else tags.set(group + word, vr);
  }
  return tags;
}

/** The repeating groups 60xx, which the dictionary lists only in part. @see DICOM PS3.3 C.9.2 */
const overlayVr: Readonly<Record<string, string | undefined>> = {
  '0010': 'US',
  '0011': 'US',
  '0015': 'IS',
  '0022': 'LO',
  '0040': 'CS',
  '0045': 'LO',
  '0050': 'SS',
  '0051': 'US',
  '0100': 'US',
  '0102': 'US',
  '1301': 'IS',
  '1302': 'DS',
  '1303': 'DS',
  '1500': 'LO',
  '3000': 'OW',
};
