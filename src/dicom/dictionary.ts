import dcmjs from 'dcmjs';
import { closest } from 'fastest-levenshtein';
import type { AttributeDictionary, AttributeEntry } from '../domain/rules/source.js';

const { nameMap } = dcmjs.data.DicomMetaDictionary;

/** Nothing longer is a slip of the finger. */
const longestKeyword = 80;

/** Built when first asked: 5,000 entries that `serve` needs once. */
let byTag: ReadonlyMap<string, AttributeEntry> | undefined;

function entriesByTag(): ReadonlyMap<string, AttributeEntry> {
  byTag ??= new Map(
    Object.values(nameMap).map(({ tag, name, vr }) => {
      const key = tag.replaceAll(/[(),]/g, '').toUpperCase();
      return [key, { tag: key, keyword: name, vr }];
    }),
  );
  return byTag;
}

/** The data dictionary that comes with dcmjs, and any private tag by its number. @see DICOM PS3.6 */
export const dictionary: AttributeDictionary = {
  find(name) {
    const tag = tagOf(name);
    if (tag === undefined) return undefined;
    return entriesByTag().get(tag) ?? (isPrivate(tag) ? privateEntry(tag) : undefined);
  },
  suggest(name) {
    const keywords = Object.keys(nameMap);
    const folded = name.toLowerCase();
    const alike = keywords.find((keyword) => keyword.toLowerCase() === folded);
    const isWord = name !== '' && name.length <= longestKeyword;
    return alike ?? (isWord ? closest(name, keywords) : undefined);
  },
};

function tagOf(name: string): string | undefined {
  if (Object.hasOwn(nameMap, name))
    return nameMap[name]?.tag.replaceAll(/[(),]/g, '').toUpperCase();
  const digits = /^\(?([0-9a-f]{4}),? ?([0-9a-f]{4})\)?$/i.exec(name);
  return digits ? `${digits[1] ?? ''}${digits[2] ?? ''}`.toUpperCase() : undefined;
}

function isPrivate(tag: string): boolean {
  return Number.parseInt(tag.slice(0, 4), 16) % 2 === 1;
}

function privateEntry(tag: string): AttributeEntry {
  return { tag, keyword: `${tag.slice(0, 4)},${tag.slice(4)}`, vr: 'UN' };
}
