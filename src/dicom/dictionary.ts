import { closest } from 'fastest-levenshtein';
import type { AttributeDictionary, AttributeEntry } from '../domain/rules/source.js';
import { dictionaryKeywords } from './dictionary-keywords.js';
import { writtenVr } from './dictionary-vr.js';

/** Nothing longer is a slip of the finger. */
const longestKeyword = 80;

interface Names {
  readonly tagByKeyword: ReadonlyMap<string, string>;
  readonly keywordByTag: ReadonlyMap<string, string>;
}

/** Read when first asked. */
let names: Names | undefined;

/** `gggg:` begins a group, `eeeeKeyword` is an element of it. */
function readNames(): Names {
  const tagByKeyword = new Map<string, string>();
  const keywordByTag = new Map<string, string>();
  let group = '';
  for (const word of dictionaryKeywords.trim().split(/\s+/)) {
    if (word.endsWith(':')) {
      group = word.slice(0, -1);
      continue;
    }
    const [tag, keyword] = [group + word.slice(0, 4), word.slice(4)];
    tagByKeyword.set(keyword, tag);
    keywordByTag.set(tag, keyword);
  }
  return { tagByKeyword, keywordByTag };
}

/** The tag of a keyword. */
export function tagOfKeyword(keyword: string): string | undefined {
  names ??= readNames();
  return names.tagByKeyword.get(keyword);
}

/** The data dictionary that comes with dcmjs, and any private tag by its number. @see DICOM PS3.6 */
export const dictionary: AttributeDictionary = {
  find(name) {
    const tag = tagOf(name);
    if (tag === undefined) return undefined;
    names ??= readNames();
    const keyword = names.keywordByTag.get(tag);
    if (keyword !== undefined) return { tag, keyword, vr: writtenVr(tag) ?? 'UN' };
    return isPrivate(tag) ? privateEntry(tag) : undefined;
  },
  suggest(name) {
    names ??= readNames();
    const keywords = [...names.tagByKeyword.keys()];
    const folded = name.toLowerCase();
    const alike = keywords.find((keyword) => keyword.toLowerCase() === folded);
    const isWord = name !== '' && name.length <= longestKeyword;
    return alike ?? (isWord ? closest(name, keywords) : undefined);
  },
};

function tagOf(name: string): string | undefined {
  const digits = /^\(?([0-9a-f]{4}),? ?([0-9a-f]{4})\)?$/i.exec(name);
  return tagOfKeyword(name) ?? (digits ? `${digits[1]}${digits[2]}`.toUpperCase() : undefined);
}

function isPrivate(tag: string): boolean {
  return Number.parseInt(tag.slice(0, 4), 16) % 2 === 1;
}

function privateEntry(tag: string): AttributeEntry {
  return { tag, keyword: `${tag.slice(0, 4)},${tag.slice(4)}`, vr: 'UN' };
}
