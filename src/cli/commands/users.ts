import type { Settings } from '../../config/load-settings.js';
import { openBooks } from '../../compose/identity.js';
import { ColouriseError } from '../../domain/errors.js';
import type { AuditAction, AuditFacts } from '../../domain/audit.js';
import type { Role } from '../../domain/principal.js';
import { makeToken } from '../../http/people.js';
import { userName } from '../../http/session.js';
import { createPasswords, passwordLength } from '../../identity/passwords.js';
import { hashOf, newPassword } from '../../identity/secrets.js';
import { type ExitCode, exitCodes, type Output } from '../output.js';
import { askedBy } from './tasks.js';

type Books = ReturnType<typeof openBooks>;

/** Runs over accounts and audit, also while the service runs; closes them in any case. */
async function withBooks(
  settings: Settings,
  act: (
    books: Books,
    note: (action: AuditAction, facts: AuditFacts) => void,
  ) => Promise<void> | void,
): Promise<ExitCode> {
  const books = openBooks(settings, () => new Date());
  const by = { outcome: 'done', who: askedBy(), kind: 'machine', address: 'local' } as const;
  try {
    await act(books, (action, facts) => {
      books.audit.append({ ...by, action, ...facts });
    });
    return exitCodes.done;
  } finally {
    books.close();
  }
}

export function listUsers(settings: Settings, output: Output): Promise<ExitCode> {
  return withBooks(settings, ({ accounts }) => {
    const users = accounts.users.list();
    const lines = users.map(({ name, role }) => `${name}  ${role}`);
    output.result({ users }, lines.join('\n') || 'no users');
  });
}

/** @param given a password; one is made and shown if it is left out */
export async function addUser(
  settings: Settings,
  name: string,
  role: Role,
  given: string | undefined,
  output: Output,
): Promise<ExitCode> {
  const { password, stored } = await passwordFor(checkedName(name), given);
  return withBooks(settings, ({ accounts }, note) => {
    const at = new Date();
    const user = { name, role, password: stored, createdAt: at, changedAt: at };
    if (!accounts.users.add(user)) throw usage(`the name ${name} is taken`);
    note('user.add', { target: name, details: { role } });
    const shown = given === undefined ? { password } : {};
    output.result({ name, role, ...shown }, `${name} is ${role} now${shownOnce(shown.password)}`);
  });
}

export function changeRole(
  settings: Settings,
  name: string,
  role: Role,
  output: Output,
): Promise<ExitCode> {
  return withBooks(settings, ({ accounts }, note) => {
    if (role !== 'admin') keepAnAdmin(accounts, name);
    if (!accounts.users.change(name, { role }, new Date())) throw usage(`no user ${name}`);
    note('user.change', { target: name, details: { role } });
    output.result({ name, role }, `${name} is ${role} now, and signed out`);
  });
}

export async function changePassword(
  settings: Settings,
  name: string,
  given: string | undefined,
  output: Output,
): Promise<ExitCode> {
  const { password, stored } = await passwordFor(name, given);
  return withBooks(settings, ({ accounts }, note) => {
    if (!accounts.users.change(name, { password: stored }, new Date())) {
      throw usage(`no user ${name}`);
    }
    note('user.password', { target: name });
    const shown = given === undefined ? { password } : {};
    output.result({ name, ...shown }, `${name} has a new password${shownOnce(shown.password)}`);
  });
}

export function removeUser(settings: Settings, name: string, output: Output): Promise<ExitCode> {
  return withBooks(settings, ({ accounts }, note) => {
    keepAnAdmin(accounts, name);
    if (!accounts.users.remove(name)) throw usage(`no user ${name}`);
    note('user.remove', { target: name });
    output.result({ removed: name }, `${name} is removed, and signed out`);
  });
}

export function listTokens(settings: Settings, output: Output): Promise<ExitCode> {
  return withBooks(settings, ({ accounts }) => {
    const tokens = accounts.tokens.list();
    const lines = tokens.map(({ id, role, name, expiresAt }) =>
      [id, role, name, expiresAt ? `until ${expiresAt.toISOString()}` : 'without end'].join('  '),
    );
    output.result({ tokens }, lines.join('\n') || 'no tokens');
  });
}

export function addToken(
  settings: Settings,
  name: string,
  role: Role,
  days: number | undefined,
  output: Output,
): Promise<ExitCode> {
  return withBooks(settings, ({ accounts }, note) => {
    const { made, secret } = makeToken(name, role, days, askedBy(), new Date());
    accounts.tokens.add(made, hashOf(secret));
    note('token.add', { target: made.id, details: { name, role } });
    output.result(
      { token: made, secret },
      `${secret}\nkept nowhere and shown this once; id ${made.id}`,
    );
  });
}

export function revokeToken(settings: Settings, id: string, output: Output): Promise<ExitCode> {
  return withBooks(settings, ({ accounts }, note) => {
    if (!accounts.tokens.revoke(id)) throw usage(`no token ${id}`);
    note('token.revoke', { target: id });
    output.result({ revoked: id }, `${id} counts no more`);
  });
}

function usage(message: string): ColouriseError {
  return new ColouriseError('USAGE', message);
}

function checkedName(name: string): string {
  const parsed = userName.safeParse(name);
  if (parsed.success) return name;
  throw usage(parsed.error.issues.map(({ message }) => message).join('; '));
}

function keepAnAdmin({ users }: Books['accounts'], name: string): void {
  const admins = users.list().filter(({ role }) => role === 'admin');
  if (admins.length === 1 && admins[0]?.name === name) {
    throw usage(`${name} is the last administrator: make somebody else one first`);
  }
}

async function passwordFor(name: string, given: string | undefined) {
  const { min, max } = passwordLength;
  if (given !== undefined && (given.length < min || given.length > max || given === name)) {
    throw usage(`a password has ${min} to ${max} characters and is not the name`);
  }
  const password = given ?? newPassword();
  return { password, stored: await createPasswords().hash(password) };
}

function shownOnce(password: string | undefined): string {
  return password === undefined ? '' : `; password, shown this once: ${password}`;
}
