import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { RequestHandler } from 'express';
import { MemoryStore, type Options } from 'express-rate-limit';
import { ColouriseError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { refuse } from './failures.js';
import { localAdmin, setPrincipal } from './principal.js';

const failuresPerMinute = 10;

export interface AccessOptions {
  /** The address that the server is bound to. */
  readonly host: string;
  readonly token?: string;
  /** The address under which browsers reach the page, when a proxy stands in front. */
  readonly publicUrl?: string;
}

/**
 * Who may come in: with a token whoever knows it; without one only this machine.
 * @throws ColouriseError `CONFIG_INVALID` without a token on an address that others can reach
 */
export function guardAccess(options: AccessOptions): RequestHandler[] {
  const { host, token } = options;
  if (token !== undefined && token !== '') {
    return [requireToken(token), refuseCrossSite(options), admitAs(tokenHolder)];
  }
  if (isLoopback(host)) {
    return [requireLoopbackName(options), refuseCrossSite(options), admitAs(localAdmin)];
  }
  throw new ColouriseError(
    'CONFIG_INVALID',
    `http.host is ${host}, which others can reach: set http.token, or bind to 127.0.0.1`,
  );
}

/** Whoever knows `http.token`. */
const tokenHolder: Principal = { name: 'http.token', role: 'admin', kind: 'token' };

function admitAs(principal: Principal): RequestHandler {
  return (request, _response, next) => {
    setPrincipal(request, principal);
    next();
  };
}

/** Whether a host name or address means this machine; with or without brackets, without port. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (isIPv4(name)) return name.startsWith('127.');
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1';
}

/** Against DNS rebinding: a foreign name that resolves to loopback shows itself in the Host header. */
function requireLoopbackName({ publicUrl }: AccessOptions): RequestHandler {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
  return (request, response, next) => {
    const hostname = hostnameOf(request.headers.host);
    if (hostname !== undefined && (isLoopback(hostname) || hostname === publicHost)) next();
    else refuse(response, 'FORBIDDEN_HOST', 'The Host header does not name this machine.');
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
  return (request, response, next) => {
    const { origin, host } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const originHost = origin !== undefined && URL.canParse(origin) ? new URL(origin).host : origin;
    const ownSite = site === undefined || site === 'same-origin' || site === 'none';
    const ownOrigin = originHost === undefined || originHost === host || originHost === publicHost;
    if (request.method === 'GET' || request.method === 'HEAD' || (ownSite && ownOrigin)) next();
    else refuse(response, 'CROSS_SITE', 'Another site sent this request.');
  };
}

/** Bearer, or Basic with the token as password so that a browser can ask for it. */
function requireToken(token: string): RequestHandler {
  const expected = digest(token);
  const failures = new MemoryStore();
  failures.init({ windowMs: 60_000 } as Options);
  return async (request, response, next) => {
    const caller = request.socket.remoteAddress ?? 'unknown';
    const offered = offeredToken(request.headers.authorization);
    if (
      offered !== undefined &&
      ((await failures.get(caller))?.totalHits ?? 0) >= failuresPerMinute
    ) {
      response.set('Retry-After', '60');
      refuse(response, 'TOO_MANY_ATTEMPTS', 'Too many wrong tokens from this address.');
      return;
    }
    if (offered !== undefined && timingSafeEqual(digest(offered), expected)) {
      next();
      return;
    }
    if (offered !== undefined) await failures.increment(caller);
    response.set('WWW-Authenticate', 'Basic realm="colouriser", charset="UTF-8"');
    refuse(response, 'UNAUTHORISED', offered === undefined ? 'No token was sent.' : 'Wrong token.');
  };
}

function offeredToken(authorization: string | undefined): string | undefined {
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ', 2);
  if (credentials === '') return undefined;
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

/** Equal lengths for the comparison in constant time, whatever was offered. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
