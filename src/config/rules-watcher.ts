import { unwatchFile, watchFile } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Rules } from '../domain/rules/condition.js';
import { asColouriseError, type ColouriseError } from '../domain/errors.js';
import type { KnownNames } from '../domain/rules/compile.js';
import { parseRules, readRules } from './load-rules.js';

export interface RulesWatcher {
  /** The rules in force. Take them once for each decision, so that one version makes it. */
  current(): Rules;
  /** Looks at the file now. Answers whether the rules changed; a fault keeps the old ones and is reported. */
  reload(): Promise<boolean>;
  close(): void;
}

export interface RulesWatcherOptions {
  /** Pause between two looks at the file, in ms. */
  readonly pollMs?: number;
  /** How long the text must stay as it is before it counts, in ms: editors write in several steps. */
  readonly settleMs?: number;
  /** Names that rules may use. */
  readonly known?: KnownNames;
  readonly onReload?: (rules: Rules) => void;
  /** The old rules stay in force. Not repeated for the same text. */
  readonly onFault?: (error: ColouriseError) => void;
}

/**
 * Loads the rules and follows their file. It looks instead of listening, as notifications are lost on
 * network shares, behind the links of a ConfigMap, and when an editor replaces the file.
 * @throws ConfigInvalidError when the first rules are at fault
 */
export async function watchRules(
  file: string,
  { pollMs = 2000, settleMs = 100, known, onReload, onFault }: RulesWatcherOptions = {},
): Promise<RulesWatcher> {
  let text = await readRules(file);
  let rules = parseRules(text, file, known);
  let closed = false;
  let running: Promise<boolean> = Promise.resolve(false);

  async function look(): Promise<boolean> {
    try {
      const settled = await settledText(file, settleMs);
      if (closed || settled === text) return false;
      text = settled;
      const next = parseRules(settled, file, known);
      const changed = next.version !== rules.version;
      rules = next;
      if (changed) onReload?.(next);
      return changed;
    } catch (error) {
      if (!closed) onFault?.(asColouriseError(error));
      return false;
    }
  }

  /** One look at a time, in the order asked for. */
  function reload(): Promise<boolean> {
    running = running.then(look);
    return running;
  }

  const onChange = () => void reload();
  watchFile(file, { interval: pollMs, persistent: false }, onChange);
  onChange(); // An edit between the first load and the first look would otherwise be missed.
  return {
    current: () => rules,
    reload,
    close() {
      closed = true;
      unwatchFile(file, onChange);
    },
  };
}

async function settledText(file: string, settleMs: number): Promise<string> {
  for (let before = await readRules(file); ;) {
    await pause(settleMs);
    const after = await readRules(file);
    if (after === before) return after;
    before = after;
  }
}
