import type { RulesEdition } from './rules-history.js';

/** One thing that is wrong with a text, where it stands and what was expected. */
export interface RulesFault {
  /** From 1; absent where it has no place. */
  readonly line?: number;
  readonly column?: number;
  readonly key: string;
  readonly value?: string;
  readonly expected: string;
}

/** What `rules check` says of a text. */
export interface RulesVerdict {
  readonly valid: boolean;
  /** Of valid rules. */
  readonly version?: string;
  /** Names of valid rules, in their order. */
  readonly rules: readonly string[];
  readonly faults: readonly RulesFault[];
  /** How many more faults there are. */
  readonly unlisted: number;
}

/** The rules file, and what decides. They differ while the file holds an edit that does not validate. */
export interface RulesState extends RulesVerdict {
  readonly file: string;
  /** As it stands on the disk; that in force where there is no file. */
  readonly text: string;
  /** To be sent back with an edit of this text. */
  readonly textHash: string;
  readonly inForce: { readonly version: string; readonly edition?: RulesEdition };
  /** Why the file cannot be written; absent where it can. */
  readonly unwritable?: string;
}

export interface RulesEdit {
  readonly text: string;
  /** Hash of the text that was edited: somebody else's edit is never overwritten. */
  readonly expected: string;
  readonly by: string;
  readonly note?: string;
}

/** Where the rules are looked at and edited. */
export interface RulesDesk {
  /** JSON Schema of a rules file. */
  readonly schema: object;
  state(): Promise<RulesState>;
  check(text: string): RulesVerdict;
  /**
   * Puts a text into the file and into force, or changes nothing at all.
   * @throws `CONFIG_INVALID` for rules at fault; `RULES_CHANGED` where the file does not hold what was edited;
   * `RULES_UNWRITABLE`
   */
  save(edit: RulesEdit): Promise<RulesEdition>;
  editions(
    limit: number,
    older?: { readonly before?: number | undefined; readonly version?: string | undefined },
  ): readonly RulesEdition[];
  edition(id: number): (RulesEdition & { readonly text: string }) | undefined;
}
