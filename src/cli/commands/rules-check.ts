import { ConfigInvalidError, faultLine, type ConfigFault } from '../../config/faults.js';
import type { KnownNames } from '../../domain/rules/compile.js';
import { loadRules } from '../../config/load-rules.js';

export interface CommandResult {
  /** 0: no fault. 2: faults. */
  readonly exitCode: 0 | 2;
  /** For standard output, without a final line break. */
  readonly text: string;
}

/** `rules check FILE`: every fault with its place, or how many rules there are. */
export async function rulesCheck(
  file: string,
  { json, known }: { readonly json: boolean; readonly known?: KnownNames },
): Promise<CommandResult> {
  try {
    const { version, rules } = await loadRules(file, known);
    const names = rules.map(({ name }) => name);
    const text = json
      ? JSON.stringify({ file, valid: true, version, rules: names, faults: [] })
      : `${file}: ${counted(rules.length, 'rule')}, version ${version}, no fault`;
    return { exitCode: 0, text };
  } catch (error) {
    if (!(error instanceof ConfigInvalidError)) throw error;
    return { exitCode: 2, text: faultText(file, error.faults, json) };
  }
}

function faultText(file: string, faults: readonly ConfigFault[], json: boolean): string {
  if (json) return JSON.stringify({ file, valid: false, faults });
  return [...faults.map(faultLine), `${file}: ${counted(faults.length, 'fault')}`].join('\n');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
