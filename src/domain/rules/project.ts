import { itemsOf, type DicomAttribute, type DicomDataset, type DicomValue } from '../dicom-json.js';

/** One more than patterns search: what is longer stays longer. */
const longestText = 10_241;

/**
 * The data set with nothing in it but these attributes. Rules that read no others decide by it as by the whole:
 * of items and of binary values only remains that there are some.
 * @param paths tags, outermost sequence first
 */
export function project(
  dataset: DicomDataset,
  paths: readonly (readonly string[])[],
): DicomDataset {
  const below = new Map<string, (readonly string[])[]>();
  for (const [tag, ...inner] of paths) {
    if (tag === undefined) continue;
    below.set(tag, [...(below.get(tag) ?? []), ...(inner.length > 0 ? [inner] : [])]);
  }
  return Object.fromEntries(
    [...below].flatMap(([tag, inner]) => {
      const attribute = dataset[tag];
      return attribute ? [[tag, kept(attribute, itemsOf(dataset, tag), inner)]] : [];
    }),
  );
}

function kept(
  { vr, Value, InlineBinary, BulkDataURI }: DicomAttribute,
  items: readonly DicomDataset[],
  inner: readonly (readonly string[])[],
): DicomAttribute {
  const values =
    items.length > 0 ? items.map((item) => project(item, inner)) : Value?.map(shortened);
  return {
    vr,
    ...(values ? { Value: values } : {}),
    ...(InlineBinary === undefined ? {} : { InlineBinary: '' }),
    ...(BulkDataURI === undefined ? {} : { BulkDataURI: '' }),
  };
}

function shortened(value: DicomValue): DicomValue {
  return typeof value === 'string' && value.length > longestText
    ? value.slice(0, longestText)
    : value;
}
