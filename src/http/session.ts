import { z } from 'zod';
import { roles } from '../domain/principal.js';
import type { OpenedSession } from '../identity/identity.js';
import { passwordLength } from '../identity/passwords.js';
import { createFailureLimit } from './failure-limit.js';
import { HttpError } from './failures.js';
import { principalOf } from './principal.js';
import { route, type Asked, type Route } from './route.js';
import type { HttpDependencies } from './server.js';
import { clearSessionCookie, sessionSecret, setSessionCookie } from './session-cookie.js';

/** Failures of one address, and of one name from wherever: the second bounds a guess from many places. */
const perAddress = { most: 10, windowMs: 60_000 } as const;
const perName = { most: 20, windowMs: 15 * 60_000 } as const;

export const userName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'expected a name: small letters, digits, . _ @ -');
export const newPassword = z
  .string()
  .min(passwordLength.min, `expected at least ${passwordLength.min} characters`)
  .max(passwordLength.max);
const secret = z.string().min(1).max(512);

const principal = z.strictObject({
  name: z.string(),
  role: z.enum(roles),
  kind: z.enum(['machine', 'user', 'token']),
});
const signedIn = z.strictObject({ principal, expiresAt: z.date() });

const credentials = z.union([
  z.strictObject({ name: z.string().min(1).max(64), password: secret }),
  z.strictObject({ token: secret }),
]);

/** Signing in and out. Every attempt leaves a line in the audit. */
export function sessionRoutes(
  { identity, accounts, provider }: Pick<HttpDependencies, 'identity' | 'accounts' | 'provider'>,
  secure: boolean,
): readonly Route[] {
  const byAddress = createFailureLimit(perAddress.most, perAddress.windowMs);
  const byName = createFailureLimit(perName.most, perName.windowMs);

  /** Runs one attempt under both limits. */
  const attempt = async (
    { address, response }: Pick<Asked, 'address' | 'response'>,
    name: string | undefined,
    check: () => Promise<OpenedSession | 'busy' | undefined>,
  ) => {
    const isReached = name === undefined ? false : await byName.isReached(name);
    if (isReached || (await byAddress.isReached(address))) {
      response.set('Retry-After', isReached ? byName.retryAfter : byAddress.retryAfter);
      throw new HttpError('TOO_MANY_ATTEMPTS', 'Too many attempts to sign in.');
    }
    const opened = await check();
    if (opened === 'busy') throw new HttpError('TOO_MANY_ATTEMPTS', 'Too many sign in at once.');
    if (!opened) {
      await byAddress.count(address);
      if (name !== undefined) await byName.count(name);
      return undefined;
    }
    setSessionCookie(response, opened, secure);
    return { principal: opened.principal, expiresAt: opened.expiresAt };
  };

  return [
    route({
      method: 'get',
      path: '/api/session',
      role: 'anyone',
      summary: 'Who is signed in, and how one could be.',
      answer: z.strictObject({
        principal: principal.optional().describe('Absent while nobody is signed in.'),
        isOpen: z.boolean().describe('Whoever uses this machine is admin: nobody need sign in.'),
        methods: z.strictObject({
          password: z.boolean().describe('There are users.'),
          provider: z.string().optional().describe('A provider of identities, by its name.'),
        }),
      }),
      handler: ({ request }) => {
        const person = principalOf(request);
        return {
          ...(person && { principal: person }),
          isOpen: identity.isOpen(),
          methods: {
            password: accounts.users.list().length > 0,
            ...(provider && { provider: provider.name }),
          },
        };
      },
    }),
    route({
      method: 'post',
      path: '/api/session',
      role: 'anyone',
      audit: 'session.begin',
      summary:
        'Signs in: a session in a cookie, for browsers. Programs send their token with each request.',
      body: credentials,
      answer: signedIn,
      refusals: ['SIGN_IN_FAILED', 'TOO_MANY_ATTEMPTS'],
      handler: async (asked) => {
        const { body, note } = asked;
        if ('token' in body) {
          note({ target: 'a token' });
          const opened = await attempt(asked, undefined, () =>
            Promise.resolve(identity.signInByToken(body.token)),
          );
          if (!opened) throw new HttpError('SIGN_IN_FAILED', 'This token is not known.');
          note({ target: opened.principal.name });
          return opened;
        }
        const name = body.name.toLowerCase();
        // A password that was typed into the wrong field must not stand in the audit.
        note({ target: accounts.users.find(name) ? name : 'an unknown user' });
        const opened = await attempt(asked, name, () => identity.signIn(name, body.password));
        if (!opened) throw new HttpError('SIGN_IN_FAILED', 'Name or password is wrong.');
        return opened;
      },
    }),
    route({
      method: 'delete',
      path: '/api/session',
      role: 'viewer',
      audit: 'session.end',
      summary: 'Signs out.',
      answer: z.strictObject({ signedIn: z.literal(false) }),
      handler: ({ request, response }) => {
        const shown = sessionSecret(request);
        if (shown !== undefined) identity.signOut(shown);
        clearSessionCookie(response);
        return { signedIn: false } as const;
      },
    }),
    route({
      method: 'post',
      path: '/api/session/first',
      role: 'anyone',
      audit: 'user.add',
      summary: 'Names the first administrator, by the link that the service printed.',
      body: z.strictObject({ link: secret, name: userName, password: newPassword }),
      answer: signedIn,
      refusals: ['LINK_INVALID', 'TOO_MANY_ATTEMPTS'],
      handler: async (asked) => {
        const { link, name, password } = asked.body;
        asked.note({ target: name, details: { role: 'admin', by: 'the first link' } });
        const opened = await attempt(asked, undefined, () =>
          identity.nameFirst(link, name, password),
        );
        if (!opened) throw new HttpError('LINK_INVALID', 'This link was used, or is too old.');
        return opened;
      },
    }),
  ];
}
