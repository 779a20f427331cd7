/** A text of the rules file that came into force. */
export interface RulesEdition {
  /** Counts up from 1. */
  readonly id: number;
  /** Hash of what the rules say: that of every decision by them. Comments and layout do not count. */
  readonly version: string;
  /** Hash of the text, to the byte. */
  readonly textHash: string;
  readonly inForceSince: Date;
  /** `file`: it was found on the disk, edited by whoever may write there. */
  readonly origin: 'console' | 'file';
  /** Absent where it is not known. */
  readonly by?: string;
  readonly note?: string;
  readonly rules: number;
}

/** Every text of the rules file that came into force, the latest thousand of them. */
export interface RulesHistory {
  /** Adds a text, which is in force from now on. */
  add(edition: Omit<RulesEdition, 'id' | 'inForceSince'>, text: string): RulesEdition;
  latest(): RulesEdition | undefined;
  edition(id: number): RulesEdition | undefined;
  /** Undefined for one that is unknown or forgotten. */
  text(id: number): string | undefined;
  /** Newest first, older than an id. @param version only those that say this */
  editions(
    limit: number,
    older?: { readonly before?: number | undefined; readonly version?: string | undefined },
  ): readonly RulesEdition[];
}

export const mostEditions = 1_000;
