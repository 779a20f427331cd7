import type { Request } from 'express';
import { LRUCache } from 'lru-cache';
import { ZodError } from 'zod';
import type { AuditAction, AuditEvent, AuditFacts } from '../domain/audit.js';
import { ColouriseError } from '../domain/errors.js';
import { reaches } from '../domain/principal.js';
import type { AuditTrail } from '../ports/audit.js';
import { HttpError, httpErrorKinds } from './failures.js';
import { addressOf, principalOf } from './principal.js';
import type { Route } from './route.js';

type Declared = Pick<Route, 'method' | 'path' | 'role' | 'audit'>;

/** Lets requests in by their role, and writes down what they did and what was refused. */
export interface RouteAudit {
  /** @throws HttpError `UNAUTHORISED` or `FORBIDDEN` */
  admit(route: Declared, request: Request): void;
  /** Runs what a route does; the line stands in the audit before the answer leaves. */
  watch<T>(
    route: Declared,
    request: Request,
    act: (note: (facts: AuditFacts) => void) => Promise<T>,
  ): Promise<T>;
  /** A refusal that no route made: of a wrong token, for one. */
  refused(request: Request, code: string, target: string): void;
}

/** The same refusal of the same caller is written once in this time, so that a page left open does not fill the disk, ms. */
const sameRefusalMs = 60_000;
const refusalsInMind = 4096;

export function createRouteAudit(trail: AuditTrail): RouteAudit {
  const lately = new LRUCache<string, true>({ max: refusalsInMind, ttl: sameRefusalMs });

  const refused = (request: Request, code: string, target: string) => {
    const key = [addressOf(request), principalOf(request)?.name ?? '', code, target].join(' ');
    if (lately.has(key)) return;
    lately.set(key, true);
    trail.append({
      ...lineOf('request.refuse', request, 'refused'),
      target,
      details: { code },
    });
  };

  return {
    refused,
    admit({ role, method, path }, request) {
      if (role === 'anyone') return;
      const principal = principalOf(request);
      if (principal && reaches(principal.role, role)) return;
      const code = principal ? 'FORBIDDEN' : 'UNAUTHORISED';
      // The path as declared: what stands in a real one may be an identifier that is not theirs to see.
      refused(request, code, `${method.toUpperCase()} ${path}`);
      throw new HttpError(
        code,
        principal ? `This needs the role ${role}.` : 'Nobody is signed in.',
      );
    },
    async watch({ audit }, request, act) {
      let facts: AuditFacts = firstParameter(request);
      const note = (more: AuditFacts) => {
        facts = { ...facts, ...more };
      };
      try {
        const result = await act(note);
        if (audit) trail.append({ ...lineOf(audit, request, 'done'), ...facts });
        return result;
      } catch (thrown) {
        const code = codeOf(thrown);
        if (audit && code !== undefined) {
          const details = { ...facts.details, code };
          trail.append({ ...lineOf(audit, request, outcomeOf(code)), ...facts, details });
        }
        throw thrown;
      }
    },
  };
}

function lineOf(action: AuditAction, request: Request, outcome: AuditEvent['outcome']): AuditEvent {
  const principal = principalOf(request);
  return {
    action,
    outcome,
    who: principal?.name ?? 'nobody',
    kind: principal?.kind ?? 'nobody',
    ...(principal && { role: principal.role }),
    address: addressOf(request),
  };
}

function firstParameter(request: Request): AuditFacts {
  const [target] = Object.values(request.params).flat();
  return target === undefined ? {} : { target };
}

/** Undefined for what was not even well-formed: nothing was begun. */
function codeOf(thrown: unknown): string | undefined {
  if (thrown instanceof ZodError) return undefined;
  return thrown instanceof HttpError || thrown instanceof ColouriseError ? thrown.code : 'INTERNAL';
}

function outcomeOf(code: string): 'refused' | 'failed' {
  if (!(code in httpErrorKinds)) return 'failed';
  const { status } = httpErrorKinds[code as keyof typeof httpErrorKinds];
  return status === 401 || status === 403 || status === 429 ? 'refused' : 'failed';
}
