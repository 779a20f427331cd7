import { tagOfKeyword } from '../dicom/dictionary.js';
import { ColouriseError } from '../domain/errors.js';

/** Parameters of QIDO-RS that are no attributes. */
const parameters = new Set(['limit', 'offset', 'includefield', 'fuzzymatching']);

/**
 * Attribute keys of a query as tags (eight upper-case hexadecimal digits) with the value to match;
 * QIDO-RS parameters are left out.
 * @throws `INTERNAL` for a key that the standard does not know: Orthanc ignores such a key and
 * answers with the whole archive
 */
export function matchKeys(query: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const [key, value] of Object.entries(query)) {
    if (!parameters.has(key)) keys.set(tagOf(key), value);
  }
  return keys;
}

function tagOf(key: string): string {
  if (/^[0-9A-Fa-f]{8}$/.test(key)) return key.toUpperCase();
  const tag = tagOfKeyword(key);
  if (tag === undefined) throw new ColouriseError('INTERNAL', `QIDO-RS: unknown key '${key}'`);
  return tag;
}
