import type {
  Accounts,
  FirstLink,
  Session,
  Sessions,
  StoredUser,
  Token,
  Tokens,
  Users,
} from '../../ports/accounts.js';

/** Twin of users, tokens, sessions and the first link. */
export class MemoryAccounts implements Accounts {
  private readonly byName = new Map<string, StoredUser>();
  private readonly byHash = new Map<string, Token>();
  private readonly signedIn = new Map<string, Session>();
  private link: { readonly hash: string; readonly expiresAt: Date } | undefined;

  readonly users: Users = {
    list: () =>
      [...this.byName.values()]
        .map(({ name, role, createdAt, changedAt }) => ({ name, role, createdAt, changedAt }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    find: (name) => this.byName.get(name),
    add: (user) => {
      if (this.byName.has(user.name)) return false;
      this.byName.set(user.name, user);
      return true;
    },
    change: (name, to, changedAt) => {
      const user = this.byName.get(name);
      if (!user) return false;
      this.byName.set(name, { ...user, ...to, changedAt });
      this.endSessions('user', name);
      return true;
    },
    remove: (name) => {
      this.endSessions('user', name);
      return this.byName.delete(name);
    },
  };

  readonly tokens: Tokens = {
    list: () => [...this.byHash.values()],
    find: (hash) => this.byHash.get(hash),
    add: (token, hash) => void this.byHash.set(hash, token),
    revoke: (id) => {
      const [hash] = [...this.byHash].find(([, token]) => token.id === id) ?? [];
      this.endSessions('token', id);
      return hash !== undefined && this.byHash.delete(hash);
    },
  };

  readonly sessions: Sessions = {
    find: (hash) => this.signedIn.get(hash),
    open: (session, hash) => void this.signedIn.set(hash, session),
    touch: (hash, seenAt) => {
      const session = this.signedIn.get(hash);
      if (session) this.signedIn.set(hash, { ...session, seenAt });
    },
    end: (hash) => void this.signedIn.delete(hash),
    prune: (endedBefore, unseenSince) => {
      for (const [hash, { expiresAt, seenAt }] of this.signedIn) {
        if (expiresAt < endedBefore || seenAt < unseenSince) this.signedIn.delete(hash);
      }
    },
  };

  readonly firstLink: FirstLink = {
    issue: (hash, expiresAt) => {
      this.link = { hash, expiresAt };
    },
    redeem: (hash, at) => {
      const fits = this.link?.hash === hash && this.link.expiresAt > at;
      if (fits) this.link = undefined;
      return fits;
    },
  };

  private endSessions(source: Session['source'], subject: string): void {
    for (const [hash, session] of this.signedIn) {
      if (session.source === source && session.subject === subject) this.signedIn.delete(hash);
    }
  }
}
