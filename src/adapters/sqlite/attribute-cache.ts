import { chmodSync, closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { z } from 'zod';
import { ColouriseError } from '../../domain/errors.js';
import type { DicomDataset } from '../../domain/dicom-json.js';
import type { AttributeCache, KeptStudy } from '../../ports/attribute-cache.js';

const fileName = 'rehearsal.db';
const busyTimeoutMs = 5_000;
/** Another number empties the file: nothing in it is worth a migration. */
const schema = 1;

const contentShape = z.object({
  paths: z.array(z.string()),
  identifying: z.array(z.string()),
  arrival: z.boolean(),
  images: z.array(
    z.object({
      StudyInstanceUID: z.string(),
      SeriesInstanceUID: z.string(),
      SOPInstanceUID: z.string(),
      own: z.boolean(),
      attributes: z.custom<DicomDataset>((value) => typeof value === 'object' && value !== null),
      reception: z
        .object({
          receivedAt: z.coerce.date().exactOptional(),
          remoteAE: z.string().exactOptional(),
          calledAE: z.string().exactOptional(),
          remoteIP: z.string().exactOptional(),
          origin: z.string().exactOptional(),
        })
        .exactOptional(),
    }),
  ),
});

/**
 * The cache in a file of its own beside the ledger, readable for its owner alone. What is removed from it is
 * overwritten, and its journal never leaves memory. A file that a dying process broke is made anew. May be open in two
 * processes at once.
 * @param mostImages bound on all images together; one takes about 1 KiB
 * @throws `QUEUE_UNAVAILABLE` when the folder cannot be written
 */
export function openAttributeCache(folder: string, mostImages: number): AttributeCache {
  const database = open(folder);
  const find = database.prepare('SELECT lastUpdate, content FROM studies WHERE orthancId = ?');
  const keep = database.prepare(
    `INSERT OR REPLACE INTO studies (orthancId, lastUpdate, images, identifying, content)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const count = database.prepare('SELECT coalesce(sum(images), 0) AS n FROM studies');
  const forget = database.prepare('DELETE FROM studies WHERE orthancId = ?');
  let images = counted();

  function counted(): number {
    return (count.get([]) as { n: number }).n;
  }

  /** In steps of a tenth, so that a full cache is not counted for each study. */
  function makeRoom(): void {
    if (images <= mostImages) return;
    const rows = database.prepare('SELECT orthancId, images FROM studies ORDER BY age').all([]);
    images = counted();
    for (const row of rows as { orthancId: string; images: number }[]) {
      if (images <= mostImages * 0.9) break;
      forget.run([row.orthancId]);
      images -= row.images;
    }
  }

  return {
    find(studyOrthancId) {
      const row = find.get([studyOrthancId]) as
        { lastUpdate: number | null; content: string } | undefined;
      return row && keptStudy(studyOrthancId, row);
    },
    keep({ orthancId, lastUpdate, ...content }) {
      const identifying = JSON.stringify(content.identifying);
      keep.run([
        orthancId,
        lastUpdate?.getTime() ?? null,
        content.images.length,
        identifying,
        JSON.stringify(content),
      ]);
      images += content.images.length;
      makeRoom();
    },
    forgetIdentifying(except) {
      const rows = database
        .prepare("SELECT orthancId, identifying FROM studies WHERE identifying <> '[]'")
        .all([]) as { orthancId: string; identifying: string }[];
      for (const { orthancId, identifying } of rows) {
        const held = z.array(z.string()).parse(JSON.parse(identifying));
        if (held.some((path) => !except.includes(path))) forget.run([orthancId]);
      }
      images = counted();
    },
    close() {
      if (database.open) database.close();
    },
  };
}

function keptStudy(
  orthancId: string,
  { lastUpdate, content }: { readonly lastUpdate: number | null; readonly content: string },
): KeptStudy | undefined {
  const parsed = contentShape.safeParse(JSON.parse(content));
  if (!parsed.success) return undefined;
  const when = lastUpdate === null ? {} : { lastUpdate: new Date(lastUpdate) };
  return { orthancId, ...when, ...parsed.data };
}

function open(folder: string): Libsql.Database {
  const path = join(folder, fileName);
  try {
    mkdirSync(folder, { recursive: true });
    return openWhole(path) ?? openAnew(path);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ColouriseError('QUEUE_UNAVAILABLE', `open ${path}: ${detail}`, { cause });
  }
}

/** Undefined for a file that is broken, or no database. */
function openWhole(path: string): Libsql.Database | undefined {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const database = new Libsql(path, { timeout: busyTimeoutMs });
  try {
    database.exec(
      'PRAGMA secure_delete = ON; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;',
    );
    const [check] = database.prepare('PRAGMA quick_check(1)').all([]) as { quick_check: string }[];
    if (check?.quick_check === 'ok') {
      createTable(database);
      return database;
    }
  } catch (error) {
    if (!(error instanceof Libsql.SqliteError)) throw error;
    if (!['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes(error.code)) throw error;
  }
  database.close();
  return undefined;
}

function openAnew(path: string): Libsql.Database {
  rmSync(path);
  const database = openWhole(path);
  if (database) return database;
  throw new Error('a new file is broken as well');
}

function createTable(database: Libsql.Database): void {
  const version = database.prepare('PRAGMA user_version').get([]) as { user_version: number };
  if (version.user_version === schema) return;
  database.exec(`
    DROP TABLE IF EXISTS studies;
    CREATE TABLE studies (
      age INTEGER PRIMARY KEY AUTOINCREMENT,
      orthancId TEXT NOT NULL UNIQUE,
      lastUpdate INTEGER,
      images INTEGER NOT NULL,
      identifying TEXT NOT NULL,
      content TEXT NOT NULL
    );
    PRAGMA user_version = ${schema};
  `);
}
