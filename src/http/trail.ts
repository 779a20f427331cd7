import { z } from 'zod';
import { auditActions, type AuditAction } from '../domain/audit.js';
import { roles } from '../domain/principal.js';
import type { HttpDependencies } from './server.js';
import { rawRoute, route, type Route } from './route.js';

const actions = Object.keys(auditActions) as [AuditAction, ...AuditAction[]];
const outcomes = ['done', 'refused', 'failed'] as const;

const entry = z.strictObject({
  seq: z.int(),
  at: z.date(),
  action: z.enum(actions),
  outcome: z.enum(outcomes),
  who: z.string(),
  kind: z.enum(['machine', 'user', 'token', 'service', 'nobody']),
  role: z.enum(roles).optional(),
  address: z.string(),
  target: z.string().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  seal: z.string(),
});
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const filter = {
  action: z.enum(actions).optional(),
  who: z.string().min(1).max(128).optional(),
  outcome: z.enum(outcomes).optional(),
  since: moment.optional(),
  until: moment.optional(),
};

/** Lines that are read at once while exporting. */
const exportedAtOnce = 500;

/** The audit, for administrators. */
export function trailRoutes({
  audit,
  verifyAudit,
}: Pick<HttpDependencies, 'audit' | 'verifyAudit'>): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/api/audit',
      role: 'admin',
      summary: 'Who did what, newest first.',
      query: z.strictObject({
        ...filter,
        before: z.coerce.number().int().min(1).optional().describe('`next` of the page before.'),
        limit: z.coerce.number().int().min(1).max(500).default(50),
      }),
      answer: z.strictObject({
        entries: z.array(entry),
        next: z.int().optional().describe('`before` of the next page; absent on the last.'),
      }),
      handler: ({ query: { limit, ...rest } }) => {
        const found = audit.page({ ...rest, limit: limit + 1 });
        const entries = found.slice(0, limit);
        const last = found.length > limit ? entries.at(-1) : undefined;
        return { entries, ...(last && { next: last.seq }) };
      },
    }),
    rawRoute({
      method: 'get',
      path: '/api/audit/export',
      role: 'admin',
      audit: 'audit.export',
      summary: 'All of it as JSON lines, oldest first.',
      answer: 'application/x-ndjson',
      handler: async ({ response }) => {
        response.set({
          'Content-Type': 'application/x-ndjson',
          'Content-Disposition': 'attachment; filename="colouriser-audit.jsonl"',
        });
        let last = 0;
        for (;;) {
          const entries = audit.after(last, exportedAtOnce);
          for (const each of entries) response.write(`${JSON.stringify(each)}\n`);
          last = entries.at(-1)?.seq ?? last;
          if (entries.length < exportedAtOnce || response.destroyed) break;
          if (response.writableNeedDrain) {
            await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
          }
        }
        response.end();
      },
    }),
    route({
      method: 'get',
      path: '/api/audit/verdict',
      role: 'admin',
      summary: 'Whether every line is as it was written, and none is gone.',
      answer: z.strictObject({
        whole: z.boolean(),
        lines: z.int(),
        seal: z.string().optional().describe('Of the last line; worth noting elsewhere.'),
        at: z.int().optional().describe('The first line that is not what it was.'),
        fault: z.string().optional(),
      }),
      handler: () => verifyAudit(),
    }),
  ];
}
