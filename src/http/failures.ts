import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import { ColouriseError, errorKinds, type ErrorCode } from '../domain/errors.js';
import type { ErrorJson, HttpErrorCode } from './api.js';

/** Each code of HTTP with its status and what its reader does next. */
export const httpErrorKinds = {
  INVALID_REQUEST: { status: 400, next: 'Correct the request as the message says.' },
  UNAUTHORISED: {
    status: 401,
    next: 'Sign in, or send a token as Bearer or as the password of Basic.',
  },
  SIGN_IN_FAILED: { status: 401, next: 'Try again, or ask an administrator for a new password.' },
  LINK_INVALID: {
    status: 401,
    next: 'Start the service anew, which prints a new link, or `colouriser users add`.',
  },
  FORBIDDEN: { status: 403, next: 'Ask an administrator for a role that may do this.' },
  FORBIDDEN_HOST: { status: 403, next: 'Use a loopback address, or set `http.publicUrl`.' },
  CROSS_SITE: { status: 403, next: 'Send this request from the console itself or from a program.' },
  NOT_FOUND: { status: 404, next: 'Check the address.' },
  NO_PREVIEW: { status: 404, next: 'Look at the state of this image.' },
  NOT_RETRYABLE: { status: 409, next: 'Only failed and skipped images can be retried.' },
  REHEARSAL_RUNNING: { status: 409, next: 'Wait for its end, or stop it, then ask again.' },
  USER_EXISTS: { status: 409, next: 'Take another name.' },
  LAST_ADMIN: { status: 409, next: 'Make somebody else an administrator first.' },
  TASK_RUNNING: { status: 409, next: 'Wait for its end, or cancel it: `DELETE /api/task`.' },
  BODY_TOO_LARGE: { status: 413, next: 'Send less: 16 KiB, or 256 KiB of rules.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, next: 'Send `Content-Type: application/json`.' },
  TOO_MANY_DRAWINGS: { status: 503, next: 'Ask again in a few seconds.' },
  TOO_MANY_ATTEMPTS: {
    status: 429,
    next: 'Wait as long as `Retry-After` says, then try with what is right.',
  },
  TOO_MANY_LISTENERS: { status: 503, next: 'Poll `/api/status` instead.' },
} as const satisfies Record<HttpErrorCode, { status: number; next: string }>;

/** A request that HTTP itself refuses. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Answers with a refusal. */
export function refuse(response: Response, code: HttpErrorCode, message: string): void {
  const { status, next } = httpErrorKinds[code];
  // Not Basic: a browser would ask for a password by itself, beside our page for that.
  if (code === 'UNAUTHORISED') response.set('WWW-Authenticate', 'Bearer realm="colouriser"');
  response.status(status).json({ code, message, next } satisfies ErrorJson);
}

export const unknownRoute: RequestHandler = (request, response) => {
  refuse(response, 'NOT_FOUND', `No ${request.method} ${request.path} here.`);
};

/** The last handler: every thrown value becomes an answer with a stable code. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) {
      next(thrown);
      return;
    }
    const refusal = asHttpError(thrown);
    if (refusal) {
      refuse(response, refusal.code, refusal.message);
      return;
    }
    const known = thrown instanceof ColouriseError ? thrown : undefined;
    const code = known?.code ?? 'INTERNAL';
    const status = statusOf(code);
    if (status >= 500) {
      logger.error({ code, err: thrown, method: request.method, path: request.path }, 'http error');
    }
    const message = known?.message ?? 'The service failed to answer.';
    response
      .status(status)
      .json({ code, message, next: errorKinds[code].next } satisfies ErrorJson);
  };
}

function asHttpError(thrown: unknown): HttpError | undefined {
  if (thrown instanceof HttpError) return thrown;
  if (thrown instanceof ZodError) return new HttpError('INVALID_REQUEST', describe(thrown));
  const status = statusCodeOf(thrown);
  const message = thrown instanceof Error ? thrown.message : '';
  if (status === 413) return new HttpError('BODY_TOO_LARGE', message);
  if (status === 415) return new HttpError('UNSUPPORTED_MEDIA_TYPE', message);
  // The parser quotes what it could not read, which may name a patient.
  if (thrown instanceof SyntaxError)
    return new HttpError('INVALID_REQUEST', 'The body is no JSON.');
  if (status !== undefined && status < 500) return new HttpError('INVALID_REQUEST', message);
  return undefined;
}

/** Express and its body parser mark the errors of a client with `statusCode`. */
function statusCodeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return undefined;
  return typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}

function describe(error: ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`)
    .join('; ');
}

function statusOf(code: ErrorCode): number {
  const { exit, retry } = errorKinds[code];
  // What the caller thought to be there is not.
  if (code === 'RULES_CHANGED') return 412;
  if (code === 'INTERNAL') return 500;
  if (exit === 5) return retry ? 503 : 502;
  return 422;
}
