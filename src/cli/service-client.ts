import { z } from 'zod';
import type { Settings } from '../config/load-settings.js';
import { ColouriseError, errorKinds, type ErrorCode } from '../domain/errors.js';
import type { TaskRequest } from '../ports/tasks.js';
import type { TaskDesk } from './task-desk.js';

const timeoutMs = 15_000;

const taskAnswer = z.object({
  task: z
    .looseObject({
      outcome: z.enum(['done', 'cancelled', 'failed']).optional(),
      code: z.string().optional(),
      reason: z.string().optional(),
      done: z.number(),
      of: z.number(),
      report: z.unknown().optional(),
    })
    .nullable(),
});
const refusal = z.object({ code: z.string(), message: z.string() });

/** One question to the service. @throws what it refuses with; `QUEUE_UNAVAILABLE` where none answers */
export type AskService = <T>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  answer: z.ZodType<T>,
  body?: object,
) => Promise<T>;

/** The service that holds the data folder, asked over its own API at the address of the settings. */
export function serviceClient({ http }: Settings): AskService {
  const host = http.host === '0.0.0.0' ? '127.0.0.1' : http.host === '::' ? '::1' : http.host;
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${http.port}/api`;
  const token = http.token === undefined ? {} : { Authorization: `Bearer ${http.token}` };
  return async (method, path, schema, body) => {
    const answer = await fetch(`${base}/${path}`, {
      method,
      headers: { ...token, 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new ColouriseError(
        'QUEUE_UNAVAILABLE',
        `a service writes this data folder, but none answers at ${base}: use its http.host and http.port`,
        { cause },
      );
    });
    const json: unknown = await answer.json().catch(() => undefined);
    if (!answer.ok) throw refused(json, answer.status);
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw new ColouriseError('QUEUE_UNAVAILABLE', `${base} is not a service of this release`);
  };
}

/** Work on many images, asked of the service. */
export function askService(settings: Settings): TaskDesk {
  const ask = serviceClient(settings);
  const task = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) =>
    (await ask(method, path, taskAnswer, body)).task ?? undefined;
  return {
    start: async ({ kind, ...request }: TaskRequest) => {
      await task('POST', kind, request);
    },
    latest: () => task('GET', 'task'),
    cancel: async () => {
      await task('DELETE', 'task');
    },
    close: () => Promise.resolve(),
  };
}

/** A refusal of HTTP alone says that the command or its settings are wrong. */
function refused(json: unknown, status: number): ColouriseError {
  const said = refusal.safeParse(json).data;
  const code = said?.code ?? '';
  const message = `the service refuses: ${said?.message ?? `HTTP status ${status}`}`;
  if (code in errorKinds) return new ColouriseError(code as ErrorCode, message);
  return new ColouriseError(code === 'UNAUTHORISED' ? 'CONFIG_INVALID' : 'USAGE', message);
}
