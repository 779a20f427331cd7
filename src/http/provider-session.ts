import type { Request, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { roleFor, type RoleMapping } from '../domain/principal.js';
import { newSecret } from '../identity/secrets.js';
import type { Departure, OpenIdProvider } from '../ports/open-id.js';
import { rawRoute, type Asked, type Route } from './route.js';
import type { HttpDependencies } from './server.js';
import { cookieOf, setSessionCookie } from './session-cookie.js';

/** Signing in elsewhere, by OpenID Connect. */
export interface ProviderDesk {
  /** What its button says. */
  readonly name: string;
  readonly provider: OpenIdProvider;
  readonly roles: RoleMapping;
}

/** How long somebody may take there, and how many may be on their way. */
const awayMs = 10 * 60_000;
const mostAway = 1000;
const cookieName = 'colouriser-departure';
const path = '/api/session/provider';

interface ProviderOptions {
  readonly secure: boolean;
  readonly publicUrl?: string;
}

/**
 * Out to the provider and back. The cookie that ties the two together is Lax, not Strict, as it must come along when
 * the provider sends the browser back; it is of no other use.
 */
export function providerRoutes(
  { identity, audit, provider: desk }: Pick<HttpDependencies, 'identity' | 'audit' | 'provider'>,
  { secure, publicUrl }: ProviderOptions,
): readonly Route[] {
  const away = new LRUCache<string, Departure>({ max: mostAway, ttl: awayMs });
  const baseOf = (request: Request) =>
    publicUrl ?? `${request.protocol}://${request.get('host') ?? 'localhost'}`;
  const refuse = (
    { response, address }: Pick<Asked, 'response' | 'address'>,
    code: 'OIDC_FAILED' | 'OIDC_NO_ROLE',
    target: string,
  ) => {
    const by = { who: 'nobody', kind: 'nobody', address } as const;
    audit.append({ ...by, action: 'session.begin', outcome: 'refused', target, details: { code } });
    response.redirect(303, `/sign-in#refused=${code}`);
  };

  return [
    rawRoute({
      method: 'get',
      path,
      role: 'anyone',
      summary: 'Sends a browser to the provider of identities, to sign in there.',
      status: 303,
      answer: 'text/plain',
      handler: async (asked) => {
        const { request, response } = asked;
        const departure = await desk?.provider
          .depart(new URL(`${path}/callback`, baseOf(request)).href)
          .catch(() => undefined);
        if (!departure) {
          refuse(asked, 'OIDC_FAILED', 'the provider');
          return;
        }
        const ticket = newSecret('cls');
        away.set(ticket, departure);
        setTicket(response, ticket, secure);
        response.redirect(303, departure.url);
      },
    }),
    rawRoute({
      method: 'get',
      path: `${path}/callback`,
      role: 'anyone',
      summary: 'Where the provider sends a browser back to.',
      status: 303,
      answer: 'text/plain',
      handler: async (asked) => {
        const { request, response, address } = asked;
        const ticket = cookieOf(request, cookieName) ?? '';
        const departure = away.get(ticket);
        // It counts once, whatever comes of it.
        away.delete(ticket);
        response.clearCookie(cookieName, { path });
        const returned = new URL(request.originalUrl, baseOf(request));
        const vouched =
          departure && (await desk?.provider.arrive(returned, departure).catch(() => undefined));
        if (!desk || !vouched) {
          refuse(asked, 'OIDC_FAILED', 'the provider');
          return;
        }
        const name = `oidc:${vouched.name.replaceAll(/[^\w.@-]/g, '_').slice(0, 64)}`;
        const role = roleFor(vouched.values, desk.roles);
        if (!role) {
          refuse(asked, 'OIDC_NO_ROLE', name);
          return;
        }
        const by = { who: name, kind: 'user', role, address } as const;
        audit.append({ ...by, action: 'session.begin', outcome: 'done', target: name });
        setSessionCookie(response, identity.signInByProvider(name, role), secure);
        response.redirect(303, '/');
      },
    }),
  ];
}

function setTicket(response: Response, ticket: string, secure: boolean): void {
  response.cookie(cookieName, ticket, {
    httpOnly: true,
    sameSite: 'lax',
    path,
    maxAge: awayMs,
    secure,
  });
}
