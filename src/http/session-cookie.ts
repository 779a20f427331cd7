import type { Request, Response } from 'express';
import type { OpenedSession } from '../identity/identity.js';

/** The prefix makes browsers refuse one that was set by another host or without TLS. */
const names = { secure: '__Host-colouriser', plain: 'colouriser' } as const;

/** What a browser that is signed in shows. */
export function sessionSecret(request: Request): string | undefined {
  return cookieOf(request, names.secure) ?? cookieOf(request, names.plain);
}

export function cookieOf(request: Request, name: string): string | undefined {
  const given = (request.headers.cookie ?? '').split(';').map((each) => each.trim().split('='));
  const [, value] = given.find(([each]) => each === name) ?? [];
  return value === '' ? undefined : value;
}

/** Not for scripts, not for other sites, and over TLS alone where that is spoken. */
export function setSessionCookie(
  response: Response,
  { secret, expiresAt }: OpenedSession,
  secure: boolean,
): void {
  response.cookie(secure ? names.secure : names.plain, secret, {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    expires: expiresAt,
    secure,
  });
}

export function clearSessionCookie(response: Response): void {
  for (const name of [names.secure, names.plain]) {
    const secure = name === names.secure;
    response.clearCookie(name, { httpOnly: true, sameSite: 'strict', path: '/', secure });
  }
}
