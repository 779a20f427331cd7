import { createMemoryRulesHistory } from '../../src/adapters/memory/memory-rules-history.js';
import { checkRules } from '../../src/compose/rules.js';
import { parseRules } from '../../src/config/load-rules.js';
import { textHashOf } from '../../src/config/rules-file.js';
import { rulesJsonSchema } from '../../src/config/rules-schema.js';
import { ColouriseError } from '../../src/domain/errors.js';
import type { RulesDesk, RulesEdit, RulesState } from '../../src/ports/rules-desk.js';
import type { RulesEdition } from '../../src/ports/rules-history.js';

/** The rules of a fake service: a file in memory, checked and kept as the real one is. */
export class FakeRulesDesk implements RulesDesk {
  readonly schema = rulesJsonSchema;
  readonly history = createMemoryRulesHistory(() => new Date());
  /** There is none at first. */
  onDisk: string | undefined;
  unwritable: string | undefined;
  readonly check = (text: string) => checkRules(text);

  state(): Promise<RulesState> {
    const text = this.onDisk ?? 'rules: [{ name: rest, skip: nothing is taken }]\n';
    const edition = this.history.latest();
    return Promise.resolve({
      file: '/etc/colouriser/rules.yaml',
      text,
      textHash: textHashOf(this.onDisk),
      ...checkRules(text),
      inForce: { version: edition?.version ?? '4be1c09', ...(edition ? { edition } : {}) },
      ...(this.unwritable === undefined ? {} : { unwritable: this.unwritable }),
    });
  }

  save(edit: RulesEdit): Promise<RulesEdition> {
    return Promise.resolve(edit).then((given) => this.put(given));
  }

  editions(...given: Parameters<RulesDesk['editions']>) {
    return this.history.editions(...given);
  }

  edition(id: number) {
    const [edition, text] = [this.history.edition(id), this.history.text(id)];
    return edition && text !== undefined ? { ...edition, text } : undefined;
  }

  private put({ text, expected, by, note }: RulesEdit): RulesEdition {
    const { version, rules } = parseRules(text, 'rules');
    if (expected !== textHashOf(this.onDisk)) {
      throw new ColouriseError('RULES_CHANGED', 'The rules were changed meanwhile.');
    }
    this.onDisk = text;
    const noted = { by, ...(note === undefined ? {} : { note }) };
    const textHash = textHashOf(text);
    return this.history.add(
      { version, textHash, rules: rules.length, origin: 'console', ...noted },
      text,
    );
  }
}
