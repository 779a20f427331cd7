import { createHash } from 'node:crypto';

/** SHA-1 of the identifiers from the patient down to the resource, in five groups, as Orthanc's book defines it. */
export function orthancIdOf(...identifiers: readonly string[]): string {
  const hex = createHash('sha1').update(identifiers.join('|')).digest('hex');
  return hex.replaceAll(/.{8}(?=.)/g, '$&-');
}
