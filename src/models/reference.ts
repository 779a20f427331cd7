import { ColouriseError } from '../domain/errors.js';

/** A model as rules, settings and the command line name it: `evidence`, or one version, `evidence@1.0.0`. */
export interface ModelReference {
  readonly name: string;
  readonly version?: string;
}

export function parseReference(text: string): ModelReference {
  const [name = '', version] = text.split('@', 2);
  return version === undefined ? { name } : { name, version };
}

/** @throws `USAGE` unless it names one version */
export function parseVersion(text: string): Required<ModelReference> {
  const { name, version } = parseReference(text);
  if (name !== '' && version !== undefined && version !== '') return { name, version };
  throw new ColouriseError('USAGE', `'${text}' names no version of a model; write NAME@VERSION`);
}
