/** Who may come in, and the record of it: over the data folder of the service, or beside it. */
import { readFileSync } from 'node:fs';
import { DataFolderBusy, StateDatabase } from '../adapters/sqlite/database.js';
import { SqliteAccounts } from '../adapters/sqlite/sqlite-accounts.js';
import { SqliteAudit } from '../adapters/sqlite/sqlite-audit.js';
import type { Settings } from '../config/load-settings.js';
import { ColouriseError } from '../domain/errors.js';
import { isLoopback } from '../http/access.js';
import type { ProviderDesk } from '../http/provider-session.js';
import type { ListenOptions } from '../http/server.js';
import { createIdentity, type Identity } from '../identity/identity.js';
import { createPasswords, type Passwords } from '../identity/passwords.js';
import type { Accounts } from '../ports/accounts.js';
import type { AuditTrail } from '../ports/audit.js';

export interface OpenIdentity {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly identity: Identity;
  readonly provider?: ProviderDesk;
}

export async function openIdentity(
  { http, oidc }: Settings,
  database: StateDatabase,
  now: () => Date,
): Promise<OpenIdentity> {
  const accounts = new SqliteAccounts(database);
  const passwords = createPasswords();
  const options = {
    openToMachine: http.signIn === 'auto' && isLoopback(http.host) && oidc.issuer === undefined,
    ...(http.token === undefined ? {} : { token: http.token }),
    idleMs: http.sessionIdleMinutes * 60_000,
    longestMs: http.sessionHours * 3_600_000,
  };
  const identity = createIdentity(accounts, passwords, options, now);
  return { accounts, passwords, identity, ...(await providerOf(oidc)) };
}

async function providerOf(oidc: Settings['oidc']): Promise<Pick<OpenIdentity, 'provider'>> {
  const { issuer, clientId, clientSecret, scope, nameClaim, roleClaim, name } = oidc;
  if (issuer === undefined || clientId === undefined) return {};
  const { createOpenIdProvider } = await import('../adapters/oidc/open-id.js');
  const provider = createOpenIdProvider({
    ...{ issuer, clientId, scope, nameClaim, roleClaim },
    ...(clientSecret === undefined ? {} : { clientSecret }),
  });
  const values = (text = '') => text.split(',').map((value) => value.trim());
  const roles = {
    admin: values(oidc.admins),
    operator: values(oidc.operators),
    viewer: values(oidc.viewers),
  };
  return { provider: { name, provider, roles } };
}

/** Accounts and audit for a command: they may be changed while the service runs, which sees it at once. */
export function openBooks(
  settings: Settings,
  now: () => Date,
): { readonly accounts: Accounts; readonly audit: AuditTrail; close(): void } {
  const database = openBesideOrAlone(settings.data.folder);
  return {
    accounts: new SqliteAccounts(database),
    audit: new SqliteAudit(database, now),
    close: () => {
      database.close();
    },
  };
}

function openBesideOrAlone(folder: string): StateDatabase {
  try {
    return StateDatabase.openForWriting(folder);
  } catch (thrown) {
    if (thrown instanceof DataFolderBusy) return StateDatabase.openBeside(folder);
    throw thrown;
  }
}

/** @throws ColouriseError `CONFIG_INVALID` where certificate or key cannot be read */
export function tlsOf({ http }: Settings): Pick<ListenOptions, 'tls'> {
  const { tlsCertFile, tlsKeyFile } = http;
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return {};
  const read = (file: string, key: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      throw new ColouriseError('CONFIG_INVALID', `${key}: ${file} cannot be read`, { cause });
    }
  };
  return {
    tls: { cert: read(tlsCertFile, 'http.tlsCertFile'), key: read(tlsKeyFile, 'http.tlsKeyFile') },
  };
}
