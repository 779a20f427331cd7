import type { Request } from 'express';
import type { Principal } from '../domain/principal.js';

/** Whoever sits at this computer, where nobody need sign in. */
export const localAdmin: Principal = { name: 'this machine', role: 'admin', kind: 'machine' };

const principals = new WeakMap<Request, Principal>();

/** Notes who sent a request, once that is known. */
export function setPrincipal(request: Request, principal: Principal): void {
  principals.set(request, principal);
}

/** Who sent a request; undefined where nobody asked, or nobody signed in. */
export function principalOf(request: Request): Principal | undefined {
  return principals.get(request);
}

/** Where a request came from; behind proxies that are trusted, what they say. */
export function addressOf(request: Request): string {
  return request.ip ?? 'unknown';
}
