import { readFileSync } from 'node:fs';

/** The version of a model of the release. */
export function shippedVersion(name: string): string {
  const text = readFileSync(`models/${name}/manifest.json`, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
