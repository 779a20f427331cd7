import { unwatchFile, watchFile } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Rules } from '../domain/rules/condition.js';
import { asColouriseError, type ColouriseError } from '../domain/errors.js';
import type { KnownNames } from '../domain/rules/compile.js';
import { parseRules, readRules } from './load-rules.js';

/** Rules with the text that they were read from. */
export interface RulesInForce {
  readonly rules: Rules;
  readonly text: string;
}

export interface RulesWatcher {
  /** The rules in force. Take them once for each decision, so that one version makes it. */
  current(): Rules;
  /** The text that they were read from. */
  text(): string;
  /** The file that is followed. */
  file(): string;
  /** Looks at the file now. Answers whether the rules changed; a fault keeps the old ones and is reported. */
  reload(): Promise<boolean>;
  /**
   * Has somebody write the file while nobody looks at it, and takes what was written at once. One after the other. When
   * `write` throws, nothing has changed.
   */
  edit(write: () => Promise<{ readonly file: string } & RulesInForce>): Promise<void>;
  close(): void;
}

export interface RulesWatcherOptions {
  /** Pause between two looks at the file, in ms. */
  readonly pollMs?: number;
  /** How long the text must stay as it is before it counts, in ms: editors write in several steps. */
  readonly settleMs?: number;
  /** Names that rules may use. */
  readonly known?: KnownNames;
  /** Another text is in force, which may say the same; not of those that `edit` wrote. */
  readonly onText?: (inForce: RulesInForce) => void;
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
  { pollMs = 2000, settleMs = 100, known, onText, onReload, onFault }: RulesWatcherOptions = {},
): Promise<RulesWatcher> {
  let followed = file;
  /** As it was found last, at fault or not. */
  let seen = await readRules(file);
  let inForce: RulesInForce = { rules: parseRules(seen, file, known), text: seen };
  let closed = false;
  let running: Promise<unknown> = Promise.resolve();

  function take(next: RulesInForce): boolean {
    const changed = next.rules.version !== inForce.rules.version;
    inForce = next;
    if (changed) onReload?.(next.rules);
    return changed;
  }

  async function look(): Promise<boolean> {
    try {
      const settled = await settledText(followed, settleMs);
      if (closed || settled === seen) return false;
      seen = settled;
      const next = { rules: parseRules(settled, followed, known), text: settled };
      const changed = take(next);
      onText?.(next);
      return changed;
    } catch (error) {
      if (!closed) onFault?.(asColouriseError(error));
      return false;
    }
  }

  /** One at a time, in the order asked for, whatever became of those before. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = running.then(act);
    running = mine.catch(() => undefined);
    return mine;
  }

  const reload = () => inTurn(look);
  const onChange = () => void reload();
  const follow = () => watchFile(followed, { interval: pollMs, persistent: false }, onChange);
  follow();
  onChange(); // An edit between the first load and the first look would otherwise be missed.
  return {
    current: () => inForce.rules,
    text: () => inForce.text,
    file: () => followed,
    reload,
    edit: (write) =>
      inTurn(async () => {
        const { file: written, ...next } = await write();
        seen = next.text;
        take(next);
        if (written === followed) return;
        unwatchFile(followed, onChange);
        followed = written;
        if (!closed) follow();
      }),
    close() {
      closed = true;
      unwatchFile(followed, onChange);
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
