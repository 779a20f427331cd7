import { z } from 'zod';
import { roles, type Role } from '../domain/principal.js';
import { hashOf, newId, newSecret } from '../identity/secrets.js';
import { HttpError } from './failures.js';
import { route, type Route } from './route.js';
import type { HttpDependencies } from './server.js';
import { newPassword, userName } from './session.js';

const user = z.strictObject({
  name: z.string(),
  role: z.enum(roles),
  createdAt: z.date(),
  changedAt: z.date(),
});
const token = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  createdAt: z.date(),
  createdBy: z.string(),
  expiresAt: z.date().optional(),
});
const byName = z.strictObject({ name: userName });
const dayMs = 86_400_000;

/** Users and tokens, for administrators; and everybody's own password. */
export function peopleRoutes(
  dependencies: Pick<HttpDependencies, 'accounts' | 'passwords' | 'now'>,
): readonly Route[] {
  return [...userRoutes(dependencies), ...tokenRoutes(dependencies)];
}

function userRoutes({
  accounts,
  passwords,
  now,
}: Pick<HttpDependencies, 'accounts' | 'passwords' | 'now'>): readonly Route[] {
  const found = (name: string) => {
    const known = accounts.users.list().find((each) => each.name === name);
    if (!known) throw new HttpError('NOT_FOUND', 'No user has this name.');
    return known;
  };
  /** Somebody must be left who can mend things. */
  const keepAnAdmin = (name: string) => {
    const others = accounts.users
      .list()
      .filter((each) => each.role === 'admin' && each.name !== name);
    if (found(name).role === 'admin' && others.length === 0) {
      throw new HttpError('LAST_ADMIN', 'This is the last administrator.');
    }
  };
  return [
    route({
      method: 'get',
      path: '/api/users',
      role: 'admin',
      summary: 'People who sign in with a password.',
      answer: z.strictObject({ users: z.array(user) }),
      handler: () => ({ users: accounts.users.list() }),
    }),
    route({
      method: 'post',
      path: '/api/users',
      role: 'admin',
      audit: 'user.add',
      summary: 'Adds a user.',
      body: z.strictObject({ name: userName, role: z.enum(roles), password: newPassword }),
      status: 201,
      answer: user,
      refusals: ['USER_EXISTS'],
      handler: async ({ body: { name, role, password }, note }) => {
        note({ target: name, details: { role } });
        const at = now();
        const stored = await passwords.hash(password);
        if (!accounts.users.add({ name, role, password: stored, createdAt: at, changedAt: at })) {
          throw new HttpError('USER_EXISTS', 'This name is taken.');
        }
        return { name, role, createdAt: at, changedAt: at };
      },
    }),
    route({
      method: 'patch',
      path: '/api/users/:name',
      role: 'admin',
      audit: 'user.change',
      summary: 'Gives a user another role or another password; either ends his sessions.',
      params: byName,
      body: z.union([
        z.strictObject({ role: z.enum(roles) }),
        z.strictObject({ password: newPassword }),
      ]),
      answer: user,
      refusals: ['LAST_ADMIN'],
      handler: async ({ params: { name }, body, note }) => {
        found(name);
        if ('role' in body) {
          note({ details: { role: body.role } });
          if (body.role !== 'admin') keepAnAdmin(name);
          accounts.users.change(name, body, now());
        } else {
          note({ details: { password: 'changed' } });
          accounts.users.change(name, { password: await passwords.hash(body.password) }, now());
        }
        return found(name);
      },
    }),
    route({
      method: 'delete',
      path: '/api/users/:name',
      role: 'admin',
      audit: 'user.remove',
      summary: 'Removes a user and ends his sessions.',
      params: byName,
      answer: z.strictObject({ removed: z.string() }),
      refusals: ['LAST_ADMIN'],
      handler: ({ params: { name } }) => {
        keepAnAdmin(name);
        accounts.users.remove(name);
        return { removed: name };
      },
    }),
    route({
      method: 'post',
      path: '/api/password',
      role: 'viewer',
      audit: 'user.password',
      summary: "Changes one's own password, and ends all of one's sessions.",
      body: z.strictObject({ old: z.string().min(1).max(512), new: newPassword }),
      answer: z.strictObject({ changed: z.literal(true) }),
      refusals: ['SIGN_IN_FAILED'],
      handler: async ({ body, principal, note }) => {
        note({ target: principal.name });
        const known = accounts.users.find(principal.name);
        const fits = await passwords.fits(body.old, known?.password);
        if (!known || principal.kind !== 'user' || fits !== true) {
          throw new HttpError('SIGN_IN_FAILED', 'The old password is wrong.');
        }
        accounts.users.change(known.name, { password: await passwords.hash(body.new) }, now());
        return { changed: true } as const;
      },
    }),
  ];
}

function tokenRoutes({
  accounts,
  now,
}: Pick<HttpDependencies, 'accounts' | 'now'>): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/api/tokens',
      role: 'admin',
      summary: 'Tokens of programs, without their secrets.',
      answer: z.strictObject({ tokens: z.array(token) }),
      handler: () => ({ tokens: accounts.tokens.list() }),
    }),
    route({
      method: 'post',
      path: '/api/tokens',
      role: 'admin',
      audit: 'token.add',
      summary: 'Makes a token; its secret is shown this once.',
      body: z.strictObject({
        name: z.string().regex(/^[\w .,:@/-]{1,64}$/, 'expected a name'),
        role: z.enum(roles),
        days: z.int().min(1).max(3650).optional().describe('Until it ends; never if left out.'),
      }),
      status: 201,
      answer: z.strictObject({ token, secret: z.string() }),
      handler: ({ body: { name, role, days }, principal, note }) => {
        const { made, secret } = makeToken(name, role, days, principal.name, now());
        note({ target: made.id, details: { name, role } });
        accounts.tokens.add(made, hashOf(secret));
        return { token: made, secret };
      },
    }),
    route({
      method: 'delete',
      path: '/api/tokens/:id',
      role: 'admin',
      audit: 'token.revoke',
      summary: 'Ends a token at once.',
      params: z.strictObject({
        id: z.string().regex(/^[0-9a-f]{12}$/, 'expected the id of a token'),
      }),
      answer: z.strictObject({ revoked: z.string() }),
      handler: ({ params: { id } }) => {
        if (!accounts.tokens.revoke(id)) throw new HttpError('NOT_FOUND', 'No token has this id.');
        return { revoked: id };
      },
    }),
  ];
}

/** A token, and the secret that is kept nowhere. */
export function makeToken(
  name: string,
  role: Role,
  days: number | undefined,
  createdBy: string,
  createdAt: Date,
) {
  const expiresAt = days === undefined ? undefined : new Date(createdAt.getTime() + days * dayMs);
  const made = { id: newId(), name, role, createdAt, createdBy, ...(expiresAt && { expiresAt }) };
  return { made, secret: newSecret('clt') };
}
