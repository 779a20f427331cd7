import type { Role } from '../domain/principal.js';

export interface User {
  /** Lower case; unique. */
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

export interface StoredUser extends User {
  /** As `src/identity/passwords.ts` writes it. */
  readonly password: string;
}

/** People who sign in with a password. */
export interface Users {
  list(): readonly User[];
  find(name: string): StoredUser | undefined;
  /** False where the name is taken. */
  add(user: StoredUser): boolean;
  /** Ends the sessions of this user as well; false where there is none of this name. */
  change(
    name: string,
    to: { readonly role: Role } | { readonly password: string },
    at: Date,
  ): boolean;
  /** Ends the sessions of this user as well; false where there is none of this name. */
  remove(name: string): boolean;
}

/** What a program shows instead of signing in. Of the secret only a hash is kept. */
export interface Token {
  readonly id: string;
  /** What it is for. */
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt?: Date;
}

export interface Tokens {
  list(): readonly Token[];
  find(hash: string): Token | undefined;
  add(token: Token, hash: string): void;
  /** Ends the sessions that were opened with it as well; false where there is none. */
  revoke(id: string): boolean;
}

/** A browser that is signed in. Of its secret only a hash is kept. */
export interface Session {
  /** Where the role comes from: a user here, a provider of identities, a token. */
  readonly source: 'user' | 'provider' | 'token';
  /** Name of the user, or id of the token. */
  readonly subject: string;
  /** As of the beginning; users and tokens are looked up again each time. */
  readonly role: Role;
  readonly seenAt: Date;
  readonly expiresAt: Date;
}

export interface Sessions {
  find(hash: string): Session | undefined;
  open(session: Session, hash: string): void;
  /** Somebody was seen with it. */
  touch(hash: string, at: Date): void;
  end(hash: string): void;
  /** Forgets those that ended before, or were not seen since. */
  prune(endedBefore: Date, unseenSince: Date): void;
}

/** The one link that names the first administrator; a new one takes the place of the last. */
export interface FirstLink {
  issue(hash: string, expiresAt: Date): void;
  /** True once for a link that was issued and is not past its time. */
  redeem(hash: string, at: Date): boolean;
}

/** Who may come in. */
export interface Accounts {
  readonly users: Users;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly firstLink: FirstLink;
}
