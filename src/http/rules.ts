import { z } from 'zod';
import type { AuditFacts } from '../domain/audit.js';
import type { RulesDesk, RulesEdit } from '../ports/rules-desk.js';
import type { RulesEdition } from '../ports/rules-history.js';
import { HttpError } from './failures.js';
import { route, type Route } from './route.js';

/** Longest text of a rules file, in characters, and most bytes of a body that holds one. */
export const mostRules = { characters: 262_144, bodyBytes: 524_288 } as const;

export const rulesText = z
  .string()
  .min(1)
  .max(mostRules.characters)
  .describe('The text of a rules file.');
const count = z.int().min(0);

const edition = z.strictObject({
  id: count,
  version: z.string().describe('What every decision by these rules is recorded with.'),
  textHash: z.string(),
  inForceSince: z.date(),
  origin: z.enum(['console', 'file']).describe('`file`: it was edited on the disk.'),
  by: z.string().optional(),
  note: z.string().optional(),
  rules: count,
});

const verdict = {
  valid: z.boolean(),
  version: z.string().optional(),
  rules: z.array(z.string()).describe('Names, in their order; empty where there are faults.'),
  faults: z.array(
    z.strictObject({
      line: z.int().optional().describe('From 1.'),
      column: z.int().optional().describe('From 1.'),
      key: z.string(),
      value: z.string().optional(),
      expected: z.string(),
    }),
  ),
  unlisted: count.describe('How many more faults there are.'),
};

const state = z.strictObject({
  file: z.string().describe('Where an edit goes.'),
  text: z.string().describe('As it stands on the disk.'),
  textHash: z.string().describe('To be sent back as `expected` with an edit of this text.'),
  ...verdict,
  inForce: z.strictObject({ version: z.string(), edition: edition.optional() }),
  unwritable: z.string().optional().describe('Why the file cannot be written.'),
});

const expected = z
  .string()
  .min(1)
  .max(64)
  .describe('`textHash` of the text that was edited: another is never overwritten.');
const byId = z.strictObject({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
const saved = z.strictObject({ edition });
const savingRefusals = ['CONFIG_INVALID', 'RULES_CHANGED', 'RULES_UNWRITABLE'];

/** The rules file: read, checked, saved, and every text of it that came into force. */
export function rulesRoutes(desk: RulesDesk): readonly Route[] {
  const find = (id: number): RulesEdition & { readonly text: string } => {
    const found = desk.edition(id);
    if (!found) throw new HttpError('NOT_FOUND', 'No text of the rules has this number.');
    return found;
  };
  /** What was replaced is known by `expected` where the save is refused. */
  const save = async (edit: RulesEdit, note: (facts: AuditFacts) => void) => {
    note({ target: 'rules', details: { edited: edit.expected } });
    const edition = await desk.save(edit);
    const { id, version } = edition;
    note({ target: 'rules', details: { edited: edit.expected, edition: id, version } });
    return { edition };
  };
  return [
    route({
      method: 'get',
      path: '/api/rules',
      role: 'operator',
      summary: 'The rules file as it stands, its faults, and what is in force.',
      answer: state,
      handler: () => desk.state(),
    }),
    route({
      method: 'get',
      path: '/api/rules/schema',
      role: 'operator',
      summary: 'JSON Schema of a rules file, for editors.',
      answer: z.record(z.string(), z.unknown()),
      handler: () => ({ ...desk.schema }),
    }),
    route({
      method: 'post',
      path: '/api/rules/validate',
      role: 'operator',
      summary: 'Every fault of a text, with its place. Changes nothing.',
      audit: false,
      body: z.strictObject({ rules: rulesText }),
      bodyLimit: mostRules.bodyBytes,
      answer: z.strictObject(verdict),
      handler: ({ body }) => desk.check(body.rules),
    }),
    route({
      method: 'put',
      path: '/api/rules',
      role: 'admin',
      summary: 'Puts a text into the file and into force at once, or changes nothing.',
      body: z.strictObject({ rules: rulesText, expected, note: z.string().max(200).optional() }),
      bodyLimit: mostRules.bodyBytes,
      answer: saved,
      refusals: savingRefusals,
      audit: 'rules.change',
      handler: ({ body: { rules: text, ...edit }, principal, note }) =>
        save({ text, by: principal.name, ...edit }, note),
    }),
    route({
      method: 'get',
      path: '/api/rules/versions',
      role: 'operator',
      summary: 'Texts of the rules that came into force, newest first.',
      query: z.strictObject({
        before: z.coerce.number().int().min(1).optional().describe('`next` of the page before.'),
        version: z
          .string()
          .regex(/^[0-9a-f]{1,64}$/, 'expected a version')
          .optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
      answer: z.strictObject({ versions: z.array(edition), next: count.optional() }),
      handler: ({ query: { limit, ...older } }) => {
        const found = desk.editions(limit + 1, older);
        const versions = found.slice(0, limit);
        const last = found.length > limit ? versions.at(-1) : undefined;
        return { versions, ...(last && { next: last.id }) };
      },
    }),
    route({
      method: 'get',
      path: '/api/rules/versions/:id',
      role: 'operator',
      summary: 'One of these texts.',
      params: byId,
      answer: edition.extend({ text: z.string() }),
      handler: ({ params }) => find(params.id),
    }),
    route({
      method: 'post',
      path: '/api/rules/versions/:id/return',
      role: 'admin',
      summary: 'Puts one of these texts into the file and into force again.',
      params: byId,
      body: z.strictObject({ expected }),
      answer: saved,
      refusals: savingRefusals,
      audit: 'rules.change',
      handler: ({ params, body, principal, note }) => {
        const { id, text } = find(params.id);
        const edit = { text, by: principal.name, note: `back to ${id}`, ...body };
        return save(edit, note);
      },
    }),
  ];
}
