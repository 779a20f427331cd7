import type { Settings } from './load-settings.js';
import { valueAt } from './schema-faults.js';
import { options } from './settings.js';

/** The settings in force for a person to read; of secrets only whether they are set. */
export function shownSettings(settings: Settings) {
  return options.map(({ key, path, node }) => {
    const value = valueAt(settings, path);
    const secret = node.secret === true;
    return { key, secret, value: shown(value, secret), description: node.description ?? '' };
  });
}

function shown(value: unknown, secret: boolean): string {
  if (value === undefined) return 'not set';
  if (secret) return 'set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
