/** The rules in force, their file, and every text that came into force. */
import type { Logger } from 'pino';
import { ConfigInvalidError } from '../config/faults.js';
import { parseRules } from '../config/load-rules.js';
import type { Settings } from '../config/load-settings.js';
import { obstacleTo, readIfThere, replaceFile, textHashOf } from '../config/rules-file.js';
import { rulesJsonSchema } from '../config/rules-schema.js';
import { watchRules, type RulesInForce } from '../config/rules-watcher.js';
import { asColouriseError, ColouriseError } from '../domain/errors.js';
import type { AuditEvent } from '../domain/audit.js';
import type { KnownNames } from '../domain/rules/compile.js';
import type { Rules } from '../domain/rules/condition.js';
import type { AuditTrail } from '../ports/audit.js';
import type { RulesDesk, RulesVerdict } from '../ports/rules-desk.js';
import type { RulesEdition, RulesHistory } from '../ports/rules-history.js';
import { knownNames } from './forwarding.js';

export interface RulesRoom {
  /** Take them once for each decision. */
  current(): Rules;
  file(): string;
  /** What is wrong with an edit of the file that was not taken. */
  readonly fault: string | undefined;
  readonly desk: RulesDesk;
  close(): void;
}

export interface RulesTools {
  readonly history: RulesHistory;
  /** Of texts that were found on the disk; what is asked over HTTP leaves its line there. */
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly log: Logger;
}

/** @throws `CONFIG_INVALID` when the first rules are at fault */
export async function openRules(
  settings: Settings,
  tools: RulesTools,
  changed: () => void,
): Promise<RulesRoom> {
  const { history, log } = tools;
  const { file, edits } = settings.rules;
  const known = knownNames(settings);
  let fault: string | undefined;
  const found = ({ text, rules }: RulesInForce) => {
    fault = undefined;
    keep(tools, { text, rules, origin: 'file' });
    changed();
  };
  const watched = await watchRules(file, {
    known,
    onText: found,
    onReload: ({ version }) => {
      log.info({ version }, 'new rules in force');
    },
    onFault: ({ code, message }) => {
      fault = message;
      log.error({ code }, `the edited rules are not taken: ${message}`);
      changed();
    },
  });
  found({ text: watched.text(), rules: watched.current() });

  /** Every page that is open asks after every change, mostly about the same text. */
  let last: { readonly text: string; readonly verdict: RulesVerdict } | undefined;
  const checkedLast = (text: string) => {
    if (last?.text !== text) last = { text, verdict: checkRules(text, known) };
    return last.verdict;
  };

  const desk: RulesDesk = {
    schema: rulesJsonSchema,
    async state() {
      const onDisk = await readIfThere(watched.file());
      const text = onDisk ?? watched.text();
      const unwritable = await obstacleTo(edits);
      const inForce = textHashOf(watched.text());
      const edition = history.latest();
      return {
        file: edits,
        text,
        textHash: textHashOf(onDisk),
        ...checkedLast(text),
        inForce: {
          version: watched.current().version,
          ...(edition?.textHash === inForce ? { edition } : {}),
        },
        ...(unwritable === undefined ? {} : { unwritable }),
      };
    },
    check: (text) => checkRules(text, known),
    async save({ text, expected, by, note }) {
      const rules = parseRules(text, 'rules', known);
      let edition: RulesEdition | undefined;
      await watched.edit(async () => {
        // Where the rules of the release were edited, the edit has a file of its own, which was not there.
        const moves = watched.file() !== edits;
        const before = await readIfThere(watched.file());
        refuseUnless(expected, before, history);
        await replaceFile(edits, text, (onDisk) => {
          refuseUnless(moves ? textHashOf(undefined) : expected, onDisk, history);
        });
        fault = undefined;
        const noted = { ...(note === undefined ? {} : { note }), by };
        edition = keep(tools, { text, rules, origin: 'console', ...noted });
        log.info({ version: rules.version, by }, 'rules saved');
        return { file: edits, text, rules };
      });
      changed();
      if (edition) return edition;
      throw new ColouriseError(
        'QUEUE_UNAVAILABLE',
        'The rules are in force, but the ledger could not note it.',
      );
    },
    editions: (limit, older) => history.editions(limit, older),
    edition(id) {
      const [edition, text] = [history.edition(id), history.text(id)];
      return edition && text !== undefined ? { ...edition, text } : undefined;
    },
  };
  return {
    current: () => watched.current(),
    file: () => watched.file(),
    get fault() {
      return fault;
    },
    desk,
    close: () => {
      watched.close();
    },
  };
}

function foundOnDisk({ id, version }: RulesEdition): AuditEvent {
  const who = { who: 'rules file', kind: 'service', address: 'local' } as const;
  const details = { edition: id, version };
  return { action: 'rules.change', outcome: 'done', ...who, target: 'rules', details };
}

/** A text that is in force already is no new edition. The rules hold, whether or not the ledger can be written. */
function keep(
  { history, audit, log }: RulesTools,
  { text, rules: { version, rules }, origin, ...noted }: RulesInForce & HowItCame,
): RulesEdition | undefined {
  try {
    const textHash = textHashOf(text);
    const latest = history.latest();
    if (latest?.textHash === textHash) return latest;
    const given = { version, textHash, rules: rules.length, origin, ...noted };
    const edition = history.add(given, text);
    if (origin === 'file') audit.append(foundOnDisk(edition));
    return edition;
  } catch (thrown) {
    const { code, message } = asColouriseError(thrown);
    log.error({ code }, `the ledger could not keep the text of the rules: ${message}`);
    return undefined;
  }
}

type HowItCame = Pick<RulesEdition, 'origin'> & Partial<Pick<RulesEdition, 'by' | 'note'>>;

/** @throws `RULES_CHANGED` with who changed them and when, as far as that is known */
function refuseUnless(expected: string, onDisk: string | undefined, history: RulesHistory): void {
  const found = textHashOf(onDisk);
  if (found === expected) return;
  const latest = history.latest();
  if (latest?.textHash !== found) {
    const message = 'The rules file was changed on the disk meanwhile.';
    throw new ColouriseError('RULES_CHANGED', message);
  }
  const by = latest.by === undefined ? 'in their file on the disk' : `by ${latest.by}`;
  const message = `The rules were changed meanwhile, ${by}, at ${latest.inForceSince.toISOString()}.`;
  throw new ColouriseError('RULES_CHANGED', message);
}

/** What `rules check` says of a text. */
export function checkRules(text: string, known: KnownNames = {}): RulesVerdict {
  try {
    const { version, rules } = parseRules(text, 'rules', known);
    const names = rules.map(({ name }) => name);
    return { valid: true, version, rules: names, faults: [], unlisted: 0 };
  } catch (thrown) {
    if (!(thrown instanceof ConfigInvalidError)) throw thrown;
    const faults = thrown.faults.map(({ line, column, key, value, expected }) => ({
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      key,
      ...(value === undefined ? {} : { value }),
      expected,
    }));
    return { valid: false, rules: [], faults, unlisted: thrown.unlisted };
  }
}
