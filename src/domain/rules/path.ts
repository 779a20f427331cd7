import { distance } from 'fastest-levenshtein';
import { itemsOf, type DicomAttribute, type DicomDataset } from '../dicom-json.js';
import { isWithheld } from './privacy.js';
import type { AttributeDictionary } from './source.js';
import { kindOfVr, nameComponentIndex, textsOfAttribute, type ValueKind } from './values.js';

/** Where a value stands: an attribute, inside sequences or not, or one component of a person name. */
export interface AttributePath {
  /** As it is shown: keywords joined by dots. */
  readonly name: string;
  /** Outermost sequence first. */
  readonly tags: readonly string[];
  readonly kind: ValueKind;
  readonly component?: number;
  readonly withheld: boolean;
}

/** What was found at a path. Every item of a sequence is a branch, and so is the data set itself. */
export interface PathReading {
  readonly values: readonly string[];
  /** What may be shown of them where they are not it themselves. */
  readonly shown?: readonly string[];
  /** Branches in which the attribute is absent or empty. */
  readonly missing: number;
  /** Branches in which it has a value that is no text: bulk data, binary, items. */
  readonly opaque: number;
}

/**
 * Reads `Modality`, `0008,0060`, `ViewCodeSequence.CodeValue` or `PatientName.family`.
 * @returns what was expected when it is none of these
 */
export function compilePath(
  text: string,
  dictionary: AttributeDictionary,
): { path: AttributePath } | { refused: string } {
  const segments = text.split('.');
  const last = segments.at(-1) ?? '';
  const component = segments.length > 1 ? nameComponentIndex(last) : undefined;
  const names = component === undefined ? segments : segments.slice(0, -1);
  const entries = names.map((name) => dictionary.find(name.trim()));
  const attribute = entries.at(-1);
  for (const [index, entry] of entries.entries()) {
    const name = names[index] ?? '';
    if (!entry) return { refused: unknownAttribute(name, dictionary) };
    if (entry !== attribute && !['SQ', 'UN'].includes(entry.vr)) {
      return { refused: `a sequence before the dot; ${name} is ${entry.vr}` };
    }
  }
  if (!attribute) return { refused: unknownAttribute(text, dictionary) };
  if (attribute.tag.startsWith('0002')) {
    const expected = 'an attribute of the data set; the archive keeps no file header';
    return { refused: `${expected}. Who sent it: arrival: { remoteAE: ... }` };
  }
  if (component !== undefined && attribute.vr !== 'PN') {
    return { refused: `a person name before .${last}; ${attribute.keyword} is ${attribute.vr}` };
  }
  const known = entries.filter((entry) => entry !== undefined);
  return {
    path: {
      name: [
        ...known.map(({ keyword }) => keyword),
        ...(component === undefined ? [] : [last]),
      ].join('.'),
      tags: known.map(({ tag }) => tag),
      kind: kindOfVr(attribute.vr),
      ...(component === undefined ? {} : { component }),
      withheld: known.some(isWithheld),
    },
  };
}

/** Keys of a condition that are no attributes. */
export const words = ['all', 'any', 'not', 'study', 'arrival', 'age', 'sample'] as const;

function unknownAttribute(name: string, dictionary: AttributeDictionary): string {
  const meant = words.find((word) => distance(word, name) <= 2) ?? dictionary.suggest(name);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `a DICOM keyword, gggg,eeee, or one of ${words.join(', ')}${hint}`;
}

export function readPath(dataset: DicomDataset, path: AttributePath): PathReading {
  const attributes = attributesAt(dataset, path.tags);
  const branches = attributes.map((attribute) => {
    const values = attribute ? textsOfAttribute(attribute, path.component) : [];
    return {
      values,
      opaque: values.length === 0 && attribute !== undefined && hasContent(attribute),
    };
  });
  return {
    values: branches.flatMap(({ values }) => values),
    missing: branches.filter(({ values, opaque }) => values.length === 0 && !opaque).length,
    opaque: branches.filter(({ opaque }) => opaque).length,
  };
}

/** One entry a branch; undefined where the attribute, or a sequence on the way to it, is absent. */
function attributesAt(
  dataset: DicomDataset,
  [tag, ...inner]: readonly string[],
): readonly (DicomAttribute | undefined)[] {
  if (tag === undefined) return [];
  if (inner.length === 0) return [dataset[tag]];
  const items = itemsOf(dataset, tag);
  return items.length === 0 ? [undefined] : items.flatMap((item) => attributesAt(item, inner));
}

function hasContent({ vr, Value, InlineBinary, BulkDataURI }: DicomAttribute): boolean {
  if (InlineBinary !== undefined || BulkDataURI !== undefined) return true;
  return vr === 'SQ' && (Value ?? []).length > 0;
}
