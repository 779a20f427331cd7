import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { Request, RequestHandler } from 'express';
import type { Principal } from '../domain/principal.js';
import type { Identity } from '../identity/identity.js';
import { createFailureLimit } from './failure-limit.js';
import { HttpError } from './failures.js';
import { addressOf, localAdmin, principalOf, setPrincipal } from './principal.js';
import type { RouteAudit } from './route-audit.js';
import { sessionSecret } from './session-cookie.js';

const wrongTokensPerMinute = 10;

/** Names only our own scripts may send: another site would have to ask first, and nobody answers that. */
export const ownRequestHeader = 'X-Colouriser-Request';

export interface AccessOptions {
  /** The address under which browsers reach the page, when a proxy stands in front. */
  readonly publicUrl?: string;
  /** `monitor.token`: lets Prometheus see the metrics and nothing else. */
  readonly scrapeToken?: string;
}

/**
 * Finds out who sends a request, by token, by session, or because nobody need sign in at this machine. Who may do
 * what is said by the routes.
 */
export function guardAccess(
  identity: Identity,
  audit: Pick<RouteAudit, 'refused'>,
  options: AccessOptions,
): RequestHandler[] {
  const { scrapeToken } = options;
  const checkName = requireLoopbackName(options);
  const byToken = createTokenGate(
    (secret, { path }) =>
      path === '/metrics' && scrapeToken !== undefined && isSame(secret, scrapeToken)
        ? scraper
        : identity.ofToken(secret),
    (request, code) => {
      audit.refused(request, code, 'a token');
    },
  );
  return [
    (request, response, next) => {
      if (identity.isOpen()) checkName(request, response, next);
      else next();
    },
    refuseCrossSite(options),
    // Where nobody need sign in, no token is wrong.
    async (request, response, next) => {
      if (identity.isOpen()) next();
      else await byToken(request, response, next);
    },
    (request, _response, next) => {
      const secret = sessionSecret(request);
      const person = secret === undefined ? undefined : identity.ofSession(secret);
      if (person && changesSomething(request) && request.get(ownRequestHeader) === undefined) {
        throw new HttpError('CROSS_SITE', `The header ${ownRequestHeader} is missing.`);
      }
      const principal = person ?? (identity.isOpen() ? localAdmin : undefined);
      // A token that was shown says more than a cookie that a browser adds by itself.
      if (principal && !principalOf(request)) setPrincipal(request, principal);
      next();
    },
  ];
}

const scraper: Principal = { name: 'monitor.token', role: 'viewer', kind: 'token' };

/** In the same time, whatever was offered. */
export function isSame(offered: string, expected: string): boolean {
  return timingSafeEqual(digest(offered), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether a host name or address means this machine; with or without brackets, without port. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (isIPv4(name)) return name.startsWith('127.');
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1';
}

/** Against DNS rebinding: a foreign name that resolves to loopback shows itself in the Host header. */
export function requireLoopbackName({ publicUrl }: AccessOptions): RequestHandler {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
  return (request, _response, next) => {
    const hostname = hostnameOf(request.headers.host);
    if (hostname === undefined || !(isLoopback(hostname) || hostname === publicHost)) {
      throw new HttpError('FORBIDDEN_HOST', 'The Host header does not name this machine.');
    }
    next();
  };
}

function hostnameOf(host: string | undefined): string | undefined {
  const url = `http://${host ?? ''}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/**
 * What changes something must come from our own page or from a program, never from another site
 * in the same browser. Programs send neither header; browsers always send at least one.
 */
function refuseCrossSite({ publicUrl }: AccessOptions): RequestHandler {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  return (request, _response, next) => {
    const { origin, host } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const originHost = origin !== undefined && URL.canParse(origin) ? new URL(origin).host : origin;
    const ownSite = site === undefined || site === 'same-origin' || site === 'none';
    const ownOrigin = originHost === undefined || originHost === host || originHost === publicHost;
    if (changesSomething(request) && !(ownSite && ownOrigin)) {
      throw new HttpError('CROSS_SITE', 'Another site sent this request.');
    }
    next();
  };
}

function changesSomething({ method }: Request): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/**
 * Whoever sends a token is who the token says, or is refused. Bearer, or Basic with the token as password, as
 * programs like it. Who sends none goes on.
 */
export function createTokenGate(
  find: (secret: string, request: Request) => Principal | undefined,
  onRefusal: (request: Request, code: string) => void = () => undefined,
): RequestHandler {
  const failures = createFailureLimit(wrongTokensPerMinute, 60_000);
  return async (request, response, next) => {
    const { authorization } = request.headers;
    if (authorization === undefined) {
      next();
      return;
    }
    const caller = addressOf(request);
    if (await failures.isReached(caller)) {
      onRefusal(request, 'TOO_MANY_ATTEMPTS');
      response.set('Retry-After', failures.retryAfter);
      throw new HttpError('TOO_MANY_ATTEMPTS', 'Too many wrong tokens from this address.');
    }
    const offered = offeredToken(authorization);
    const principal = offered === undefined ? undefined : find(offered, request);
    if (!principal) {
      await failures.count(caller);
      onRefusal(request, 'UNAUTHORISED');
      throw new HttpError('UNAUTHORISED', 'Wrong token.');
    }
    setPrincipal(request, principal);
    next();
  };
}

function offeredToken(authorization: string): string | undefined {
  const [scheme = '', credentials = ''] = authorization.split(' ', 2);
  if (credentials === '') return undefined;
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}
