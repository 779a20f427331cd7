import { timingSafeEqual } from 'node:crypto';
import type { Principal, Role } from '../domain/principal.js';
import type { Accounts, Session } from '../ports/accounts.js';
import type { Passwords } from './passwords.js';
import { hashOf, newSecret } from './secrets.js';

export interface IdentityOptions {
  /** Whoever uses this machine is admin as long as there is nobody who could sign in. */
  readonly openToMachine: boolean;
  /** `http.token`: an admin's, of a program. */
  readonly token?: string;
  readonly idleMs: number;
  readonly longestMs: number;
}

/** A new session; its secret goes into a cookie and is kept nowhere. */
export interface OpenedSession {
  readonly secret: string;
  readonly expiresAt: Date;
  readonly principal: Principal;
}

/** Who somebody is, by what he shows. */
export interface Identity {
  /** Whether nobody need sign in. */
  isOpen(): boolean;
  ofToken(secret: string): Principal | undefined;
  ofSession(secret: string): Principal | undefined;
  /** Undefined for a wrong name or password, after the same time; `busy` when too many try at once. */
  signIn(name: string, password: string): Promise<OpenedSession | 'busy' | undefined>;
  /** A browser instead of a program; undefined for a wrong token. */
  signInByToken(secret: string): OpenedSession | undefined;
  /** Somebody whom a provider of identities vouches for. */
  signInByProvider(name: string, role: Role): OpenedSession;
  signOut(secret: string): void;
  /** A link for naming the first administrator; undefined where somebody can come in already. */
  issueFirstLink(): { readonly secret: string; readonly expiresAt: Date } | undefined;
  /** Names the first administrator and signs him in; undefined for a link that does not count. */
  nameFirst(link: string, name: string, password: string): Promise<OpenedSession | undefined>;
}

const firstLinkMs = 30 * 60_000;
/** A session is written as seen at most once in this time, ms. */
const touchMs = 60_000;
/** The subject of sessions that were opened with `http.token`; its hash follows, so that they end when it changes. */
const settingsToken = 'http.token';

export function createIdentity(
  accounts: Accounts,
  passwords: Passwords,
  options: IdentityOptions,
  now: () => Date,
): Identity {
  const { users, tokens, sessions, firstLink } = accounts;
  const { openToMachine, idleMs, longestMs } = options;
  const ownToken = options.token === undefined ? undefined : hashOf(options.token);

  const open = (
    source: Session['source'],
    subject: string,
    principal: Principal,
  ): OpenedSession => {
    const secret = newSecret('cls');
    const seenAt = now();
    const expiresAt = new Date(seenAt.getTime() + longestMs);
    sessions.prune(seenAt, new Date(seenAt.getTime() - idleMs));
    sessions.open({ source, subject, role: principal.role, seenAt, expiresAt }, hashOf(secret));
    return { secret, expiresAt, principal };
  };

  /** By hash; also says under which subject a session would run. */
  const tokenOf = (hash: string) => {
    if (ownToken !== undefined && equal(hash, ownToken)) {
      const principal: Principal = { name: settingsToken, role: 'admin', kind: 'token' };
      return { subject: `${settingsToken} ${ownToken}`, principal };
    }
    const token = tokens.find(hash);
    if (!token || (token.expiresAt && token.expiresAt <= now())) return undefined;
    const { id, name, role } = token;
    return { subject: id, principal: { name: `token ${name}`, role, kind: 'token' } as const };
  };

  /** Who a session stands for now: roles that were changed and tokens that were revoked count at once. */
  const principalOf = ({ source, subject, role }: Session): Principal | undefined => {
    switch (source) {
      case 'user': {
        const user = users.find(subject);
        return user && { name: user.name, role: user.role, kind: 'user' };
      }
      case 'provider':
        return { name: subject, role, kind: 'user' };
      case 'token': {
        if (subject === `${settingsToken} ${ownToken ?? ''}`) {
          return { name: settingsToken, role: 'admin', kind: 'token' };
        }
        const token = tokens.list().find(({ id }) => id === subject);
        if (!token || (token.expiresAt && token.expiresAt <= now())) return undefined;
        return { name: `token ${token.name}`, role: token.role, kind: 'token' };
      }
      default:
        return source satisfies never;
    }
  };

  return {
    isOpen: () => openToMachine && ownToken === undefined && users.list().length === 0,
    ofToken: (secret) => tokenOf(hashOf(secret))?.principal,
    ofSession(secret) {
      const hash = hashOf(secret);
      const session = sessions.find(hash);
      if (!session) return undefined;
      const at = now();
      if (session.expiresAt <= at || session.seenAt.getTime() + idleMs <= at.getTime()) {
        sessions.end(hash);
        return undefined;
      }
      if (at.getTime() - session.seenAt.getTime() >= touchMs) sessions.touch(hash, at);
      return principalOf(session);
    },
    async signIn(name, password) {
      const user = users.find(name);
      const fits = await passwords.fits(password, user?.password);
      if (fits === undefined) return 'busy';
      if (!fits || !user) return undefined;
      return open('user', user.name, { name: user.name, role: user.role, kind: 'user' });
    },
    signInByToken(secret) {
      const found = tokenOf(hashOf(secret));
      return found && open('token', found.subject, found.principal);
    },
    signInByProvider: (name, role) => open('provider', name, { name, role, kind: 'user' }),
    signOut: (secret) => {
      sessions.end(hashOf(secret));
    },
    issueFirstLink() {
      if (openToMachine || ownToken !== undefined || users.list().length > 0) return undefined;
      const secret = newSecret('cll');
      const expiresAt = new Date(now().getTime() + firstLinkMs);
      firstLink.issue(hashOf(secret), expiresAt);
      return { secret, expiresAt };
    },
    async nameFirst(link, name, password) {
      if (users.list().length > 0 || !firstLink.redeem(hashOf(link), now())) return undefined;
      const at = now();
      const stored = await passwords.hash(password);
      users.add({ name, role: 'admin', password: stored, createdAt: at, changedAt: at });
      return open('user', name, { name, role: 'admin', kind: 'user' });
    },
  };
}

function equal(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
}
