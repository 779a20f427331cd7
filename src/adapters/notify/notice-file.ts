import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  conditions,
  nothingTold,
  type Condition,
  type NoticeMemory,
} from '../../domain/notices.js';
import type { NoticeBook } from '../../ports/notices.js';

const time = z.number();
const memory: z.ZodType<NoticeMemory> = z.object({
  known: z
    .array(
      z.object({
        condition: z.custom<Condition>((value) => typeof value === 'string' && value in conditions),
        subject: z.string(),
        count: z.number(),
        since: time,
        told: z.object({ at: time, count: z.number() }).exactOptional(),
        over: time.exactOptional(),
      }),
    )
    .max(1000),
  lastSentAt: time.exactOptional(),
  failures: z.number(),
  nextTryAt: time.exactOptional(),
});
const content = z.object({ webhook: memory.exactOptional(), mail: memory.exactOptional() });

/**
 * A small file beside the ledger, and not in it: it is also written by a process that could not open its networks. One
 * that cannot be read counts as empty; then something is told twice.
 */
export function noticeFile(folder: string): NoticeBook {
  const path = join(folder, 'notices.json');
  const read = (): z.infer<typeof content> => {
    try {
      return content.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      return {};
    }
  };
  return {
    load: (channel) => read()[channel] ?? nothingTold,
    save(channel, told) {
      writeFileSync(`${path}.new`, JSON.stringify({ ...read(), [channel]: told }), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}
