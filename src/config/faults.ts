import { ColouriseError } from '../domain/errors.js';

/** One thing that is wrong with a configuration, where it stands and what was expected. */
export interface ConfigFault {
  /** A file, or the name of an environment variable. */
  readonly source: string;
  /** From 1; absent where the fault has no place in a file. */
  readonly line?: number;
  readonly column?: number;
  /** Dotted: `orthanc.timeoutMs`, `rules[0].when.Modality`. */
  readonly key: string;
  /** As it may be shown: short, and never that of a secret. */
  readonly value?: string;
  readonly expected: string;
}

/** `CONFIG_INVALID` with everything that is wrong, in the order of the file. */
export class ConfigInvalidError extends ColouriseError {
  readonly faults: readonly ConfigFault[];
  /** How many more there are. */
  readonly unlisted: number;

  constructor(faults: readonly ConfigFault[], unlisted = 0) {
    // One value can break two checks that say the same.
    const distinct = new Map(faults.map((fault) => [faultLine(fault), fault]));
    const sorted = [...distinct.values()].toSorted(byPlace);
    const count = sorted.length === 1 ? '1 fault' : `${sorted.length} faults`;
    const more = unlisted > 0 ? [`and ${unlisted} more`] : [];
    const lines = [`${count} in the configuration`, ...sorted.map(faultLine), ...more];
    super('CONFIG_INVALID', lines.join('\n'));
    this.faults = sorted;
    this.unlisted = unlisted;
  }
}

function byPlace(a: ConfigFault, b: ConfigFault): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** `file:line:column key: value - expected ...`, which editors and terminals can follow. */
export function faultLine({ source, line, column, key, value, expected }: ConfigFault): string {
  const place = [source, line, column].filter((part) => part !== undefined).join(':');
  const what = value === undefined ? key : `${key}: ${value}`;
  return `${place} ${what} - expected ${expected}`;
}

/** `(whole)` is the document itself. */
export function keyOf(path: readonly (string | number)[]): string {
  if (path.length === 0) return '(whole)';
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${cut(part)}`,
    )
    .join('');
}

const longestValue = 60;

function cut(text: string): string {
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}

/** A value as a fault may show it: scalars alone, for a structure may hold a secret, and no user in a URL. */
export function shownValue(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') {
    const bare = value.replace(/\/\/\S*@/, '//(hidden)@');
    return JSON.stringify(cut(bare));
  }
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : undefined;
}
