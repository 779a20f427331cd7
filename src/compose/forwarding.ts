/** Where colour images go on to. */
import { readFileSync } from 'node:fs';
import { HttpClient } from '../adapters/orthanc/http-client.js';
import { connectionTo } from '../adapters/orthanc/orthanc-pacs.js';
import { orthancForwarder } from '../adapters/orthanc/orthanc-forwarder.js';
import { stowForwarder } from '../adapters/orthanc/stow-forwarder.js';
import { StateDatabase } from '../adapters/sqlite/database.js';
import { SqliteAudit } from '../adapters/sqlite/sqlite-audit.js';
import { SqliteForwardBook } from '../adapters/sqlite/sqlite-forward-book.js';
import type { Settings } from '../config/load-settings.js';
import { ConfigInvalidError } from '../config/faults.js';
import { type Forwarding, type ForwardTools, startForwarding } from '../pipeline/forward.js';
import type { ChangeSignal } from '../pipeline/signal.js';
import type { AuditTrail } from '../ports/audit.js';
import type { ForwardBook, Forwarder, ForwardFilter } from '../ports/forwarding.js';
import type { Archive } from '../ports/pacs.js';
import { orthancOptions } from './connections.js';

type Destination = Settings['forward']['destinations'][string];

/** The names that rules may use. */
export function knownNames({ forward }: Settings): { readonly destinations: readonly string[] } {
  return { destinations: Object.keys(forward.destinations) };
}

/**
 * What waits, in a data folder that no service writes.
 * @throws `DataFolderBusy` while one does
 */
export function openForwardBook(settings: Settings): {
  readonly book: ForwardBook;
  readonly audit: AuditTrail;
  close(): void;
} {
  const database = StateDatabase.openForWriting(settings.data.folder);
  const now = () => new Date();
  return {
    book: new SqliteForwardBook(database, now),
    audit: new SqliteAudit(database, now),
    close: () => {
      database.close();
    },
  };
}

/** What the service lends to those who send. */
export interface ForwardingParts extends Pick<
  ForwardTools,
  'watch' | 'telemetry' | 'audit' | 'now' | 'log'
> {
  readonly database: StateDatabase;
  readonly archive: Archive;
  readonly changed: ChangeSignal;
}

export interface OpenForwarding extends Omit<Forwarding, 'wake'> {
  retry(filter: ForwardFilter): number;
}

/** Sends from now on, at each change at once. @throws as `openForwarder` does */
export function openForwarding(
  settings: Settings,
  { database, archive, changed, ...parts }: ForwardingParts,
): OpenForwarding {
  const { maxAttempts, retryBaseMs, retryMaxMs, keepDays } = settings.forward;
  const book = new SqliteForwardBook(database, parts.now);
  const names = Object.keys(settings.forward.destinations);
  const forwarding = startForwarding({
    ...parts,
    book,
    forwarders: names.map((name) => openForwarder(settings, name, archive)),
    policy: { maxAttempts, backOff: { baseMs: retryBaseMs, maxMs: retryMaxMs } },
    keepMs: keepDays * 86_400_000,
    changed: () => {
      changed.fire();
    },
  });
  const ignore = changed.subscribe(() => {
    forwarding.wake();
  });
  return {
    ...forwarding,
    retry(filter) {
      const retried = book.retry(filter);
      changed.fire();
      return retried;
    },
    stop() {
      ignore();
      return forwarding.stop();
    },
  };
}

/** @throws `CONFIG_INVALID` where a file with a password, a token or a certificate cannot be read */
export function openForwarder(settings: Settings, name: string, archive: Archive): Forwarder {
  const destination = settings.forward.destinations[name] ?? {};
  const { timeoutMs } = settings.forward;
  const { dicomweb, modality, peer, caFile } = destination;
  if (dicomweb !== undefined) {
    const headers = credentials(name, destination);
    const ca = caFile === undefined ? undefined : readFile(name, caFile);
    return stowForwarder({ name, url: dicomweb, headers, ca, timeoutMs }, archive);
  }
  const { base, ...connection } = connectionTo(orthancOptions(settings));
  const http = new HttpClient({
    ...connection,
    idleTimeoutMs: timeoutMs,
    totalTimeoutMs: timeoutMs * 10,
  });
  const kind = modality === undefined ? 'peer' : 'modality';
  return orthancForwarder({ name, kind, remote: modality ?? peer ?? '' }, http, base, archive);
}

function credentials(
  name: string,
  { username, passwordFile, tokenFile }: Destination,
): Record<string, string> {
  if (tokenFile !== undefined) {
    return { Authorization: `Bearer ${readFile(name, tokenFile).toString().trim()}` };
  }
  if (username === undefined || passwordFile === undefined) return {};
  const password = readFile(name, passwordFile)
    .toString()
    .replace(/\r?\n$/, '');
  const pair = Buffer.from(`${username}:${password}`).toString('base64');
  return { Authorization: `Basic ${pair}` };
}

function readFile(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const key = `forward.destinations.${name}`;
    throw new ConfigInvalidError([{ source: file, key, expected: `a readable file (${code})` }]);
  }
}
