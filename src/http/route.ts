import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import type { z } from 'zod';
import type { AuditAction, AuditFacts } from '../domain/audit.js';
import type { Principal, Role } from '../domain/principal.js';
import { HttpError } from './failures.js';
import { addressOf, principalOf } from './principal.js';
import type { RouteAudit } from './route-audit.js';

/** What is declared of every route: Express and the OpenAPI document are both made from it. */
interface Declaration<Params, Query, Body> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As Express writes it: `/api/images/:id/retry`. */
  readonly path: `/${string}`;
  /** The least role; `anyone` needs no sign-in. */
  readonly role: Role | 'anyone';
  /** One sentence for the document. */
  readonly summary: string;
  /** Of the segments with a colon, all of them text. */
  readonly params?: Params;
  readonly query?: Query;
  /** JSON; anything else is refused with 415. */
  readonly body?: Body;
  /** Largest body; 16 KiB if left out. */
  readonly bodyLimit?: number;
  /** Of the answer; 200 if left out. */
  readonly status?: 200 | 201 | 202 | 303;
  /** The same answer may come with 503: a probe's way of saying no. */
  readonly notYet?: boolean;
  /** The line that it leaves in the audit; `false` where it changes nothing. Left out of routes that only read. */
  readonly audit?: AuditAction | false;
  /** Codes that this route refuses with, beyond those that every route has. */
  readonly refusals?: readonly string[];
}

type Schema = z.ZodType | undefined;
type Shape = z.ZodObject | undefined;

/** Without `undefined` in optional fields: what was not given is not there. */
type Given<T> = T extends object ? { [Key in keyof T]: Exclude<T[Key], undefined> } : T;
type Read<S> = S extends z.ZodType ? Given<z.output<S>> : undefined;

/** What a schema describes, in data that nobody may change. Dates become text on the way out. */
export type Shown<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Shown<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Shown<T[Key]> }
      : T;

/** A request that was let in and is well-formed. */
export interface Asked<Params = undefined, Query = undefined, Body = undefined> {
  readonly params: Read<Params>;
  readonly query: Read<Query>;
  readonly body: Read<Body>;
  /** Who asks. A route for `anyone` sees nobody of the role `viewer`. */
  readonly principal: Principal;
  /** Where the request came from. */
  readonly address: string;
  /** Adds to the line in the audit; its target is the first parameter of the path unless this says otherwise. */
  readonly note: (facts: AuditFacts) => void;
  readonly request: Request;
  /** For headers and cookies; the answer itself is what the handler returns. */
  readonly response: Response;
}

/** A route as it is mounted and documented. */
export interface Route extends Declaration<Shape, Shape, Schema> {
  /** The schema of a JSON answer, or the media type of any other. */
  readonly answer: z.ZodType | string;
  /** Does what was asked; returns what sends the answer, where that is still to be sent. */
  readonly handle: Handle;
}

type Note = (facts: AuditFacts) => void;
type Handle = (
  request: Request,
  response: Response,
  note: Note,
) => Promise<(() => void) | undefined>;

/** A route that answers with JSON: its handler returns it, and its schema describes it. */
export function route<
  Answer extends z.ZodType,
  Params extends Shape = undefined,
  Query extends Shape = undefined,
  Body extends Schema = undefined,
>(
  declared: Declaration<Params, Query, Body> & {
    readonly answer: Answer;
    readonly handler: (
      asked: Asked<Params, Query, Body>,
    ) => Shown<z.output<Answer>> | Promise<Shown<z.output<Answer>>>;
  },
): Route {
  const { handler, ...rest } = declared;
  return {
    ...(rest as Omit<Route, 'handle'>),
    handle: async (request, response, note) => {
      const answer = await handler(read(declared, request, response, note));
      return () => {
        // A handler that set another status by itself meant it.
        if (response.statusCode === 200) response.status(declared.status ?? 200);
        response.json(answer);
      };
    },
  };
}

/** A route that writes its answer by itself: pictures, streams, text. */
export function rawRoute<
  Params extends Shape = undefined,
  Query extends Shape = undefined,
  Body extends Schema = undefined,
>(
  declared: Declaration<Params, Query, Body> & {
    /** Media type of the answer. */
    readonly answer: `${string}/${string}`;
    readonly handler: (asked: Asked<Params, Query, Body>) => void | Promise<void>;
  },
): Route {
  const { handler, ...rest } = declared;
  return {
    ...(rest as Omit<Route, 'handle'>),
    handle: async (request, response, note) => {
      await handler(read(declared, request, response, note));
      return undefined;
    },
  };
}

const nobody: Principal = { name: 'nobody', role: 'viewer', kind: 'machine' };

/** @throws ZodError for what is not well-formed */
function read<Params extends Shape, Query extends Shape, Body extends Schema>(
  { params, query, body }: Declaration<Params, Query, Body>,
  request: Request,
  response: Response,
  note: Note,
): Asked<Params, Query, Body> {
  return {
    params: params?.parse(request.params) as Read<Params>,
    query: query?.parse(request.query) as Read<Query>,
    body: body?.parse(request.body) as Read<Body>,
    principal: principalOf(request) ?? nobody,
    address: addressOf(request),
    note,
    request,
    response,
  };
}

const commonBodyBytes = 16_384;

/** Puts routes before Express: the role first, so that nothing of a stranger is even read. */
export function mount(app: Express, routes: readonly Route[], audit: RouteAudit): void {
  for (const each of routes) {
    const body = each.body
      ? [requireJson, express.json({ limit: each.bodyLimit ?? commonBodyBytes })]
      : [];
    app[each.method](
      each.path,
      (request, _response, next) => {
        audit.admit(each, request);
        next();
      },
      ...body,
      async (request, response) => {
        const send = await audit.watch(each, request, (note) =>
          each.handle(request, response, note),
        );
        send?.();
      },
    );
  }
}

const requireJson: RequestHandler = (request, _response, next) => {
  if (!request.is('application/json')) {
    throw new HttpError('UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON.');
  }
  next();
};
