import type { ErrorJson } from '../../http/api.js';

/** A refusal of the API with its code and next step, or no answer at all (`UNREACHABLE`). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly next: string;

  constructor(code: string, message: string, next = '') {
    super(message);
    this.code = code;
    this.next = next;
  }
}

/** How long an answer may take, ms; who asks for more work than that brings a signal of its own. */
const timeoutMs = 15_000;

type Query = Readonly<Record<string, string | number | undefined>>;

/** Asks for JSON. What is undefined or empty in `query` is left out. @throws ApiError */
export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
  return request<T>(`${path}${search}`, signal ? { signal } : {});
}

/** Of whatever changes something. The second shows that no other site sends it: see the decision on who may come in. */
export const ownHeaders = {
  'Content-Type': 'application/json',
  'X-Colouriser-Request': 'console',
} as const;

/** Sends JSON. @throws ApiError */
export function send<T>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body: object = {},
  signal?: AbortSignal,
): Promise<T> {
  return request<T>(path, {
    method,
    headers: ownHeaders,
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const answer = await fetch(path, { signal: AbortSignal.timeout(timeoutMs), ...init }).catch(
    (thrown: unknown) => {
      if (init.signal?.aborted === true) throw thrown;
      throw new ApiError(
        'UNREACHABLE',
        'The service does not answer.',
        'It is asked again by itself.',
      );
    },
  );
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return body as T;
  const { code, message, next } = (body ?? {}) as Partial<ErrorJson>;
  if (code === 'UNAUTHORISED') toSignIn();
  throw new ApiError(code ?? 'UNREACHABLE', message ?? `The answer was ${answer.status}.`, next);
}

/** Whatever was thrown, as something that can be shown. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError('CONSOLE', thrown instanceof Error ? thrown.message : String(thrown));
}

/** A session may end at any moment; afterwards the person is where he was. */
function toSignIn(): void {
  const { pathname, search } = location;
  if (pathname === '/sign-in') return;
  location.assign(`/sign-in?to=${encodeURIComponent(pathname + search)}`);
}
