/**
 * The schema's history: the n-th entry takes a database from `user_version` n to n + 1.
 * Entries are never edited once released. Times are milliseconds since 1970, UTC; columns carry the
 * names of the fields that they hold.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE arrivals (
    orthancId TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    arrivedAt INTEGER NOT NULL,
    dueAt INTEGER,  -- null once decided
    attempts INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT ''
  ) WITHOUT ROWID;
  CREATE INDEX arrivalsDue ON arrivals (dueAt, seq, arrivedAt) WHERE dueAt IS NOT NULL;
  CREATE INDEX arrivalsDecided ON arrivals (arrivedAt) WHERE dueAt IS NULL;

  CREATE TABLE images (
    id TEXT PRIMARY KEY NOT NULL,
    orthancId TEXT NOT NULL,
    StudyInstanceUID TEXT,
    SeriesInstanceUID TEXT,
    SOPInstanceUID TEXT,
    studyOrthancId TEXT,
    state TEXT NOT NULL
      CHECK (state IN ('pending', 'stored', 'skipped', 'failed')),
    job TEXT,  -- JSON; null when the arrival led to no job
    published INTEGER NOT NULL DEFAULT 0,
    openings INTEGER NOT NULL DEFAULT 1,  -- how often it became pending
    model TEXT,
    modelVersion TEXT,
    rule TEXT NOT NULL,
    rulesVersion TEXT NOT NULL,
    decision TEXT NOT NULL,  -- the reason of the routing
    code TEXT,
    reason TEXT,  -- of the last attempt
    attempts INTEGER NOT NULL DEFAULT 0,
    outputSeriesInstanceUID TEXT,
    outputSOPInstanceUID TEXT,
    probability REAL,
    summary TEXT NOT NULL,
    timingsMs TEXT NOT NULL DEFAULT '{}',
    arrivedAt INTEGER NOT NULL,
    settledAt INTEGER
  );
  CREATE INDEX imagesByTime ON images (arrivedAt, id);
  CREATE INDEX imagesByState ON images (state, arrivedAt, id);
  CREATE INDEX imagesByModel ON images (model, arrivedAt, id);
  CREATE INDEX imagesByModelAndState ON images (model, state, arrivedAt, id);
  CREATE INDEX imagesByStudy ON images (StudyInstanceUID);
  CREATE INDEX imagesBySeries ON images (SeriesInstanceUID);
  CREATE INDEX imagesByInstance ON images (SOPInstanceUID);
  CREATE INDEX imagesByArrival ON images (orthancId);
  CREATE INDEX imagesUnpublished ON images (arrivedAt, id)
    WHERE state = 'pending' AND published = 0;
  CREATE INDEX imagesSettled ON images (settledAt)
    WHERE state IN ('stored', 'skipped');

  -- Rows by hour of arrival and state, so that the balance of a million rows is a sum of few.
  CREATE TABLE tallies (
    hour INTEGER NOT NULL,
    state TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (hour, state)
  ) WITHOUT ROWID;
  CREATE TRIGGER imageAdded AFTER INSERT ON images BEGIN
    INSERT INTO tallies VALUES (new.arrivedAt / 3600000, new.state, 1)
      ON CONFLICT DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER imageRemoved AFTER DELETE ON images BEGIN
    UPDATE tallies SET n = n - 1 WHERE hour = old.arrivedAt / 3600000 AND state = old.state;
  END;
  CREATE TRIGGER imageMoved AFTER UPDATE OF state, arrivedAt ON images BEGIN
    UPDATE tallies SET n = n - 1 WHERE hour = old.arrivedAt / 3600000 AND state = old.state;
    INSERT INTO tallies VALUES (new.arrivedAt / 3600000, new.state, 1)
      ON CONFLICT DO UPDATE SET n = n + 1;
  END;

  CREATE TABLE queue (
    age INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'delayed', 'leased', 'dead')),
    dueAt INTEGER NOT NULL DEFAULT 0,  -- end of the delay or of the lease; time of death
    lease INTEGER NOT NULL DEFAULT 0,  -- how often it was leased; the last number is the holder
    faults INTEGER NOT NULL DEFAULT 0,
    outages INTEGER NOT NULL DEFAULT 0,
    code TEXT,
    reason TEXT
  );
  CREATE INDEX queueReady ON queue (priority DESC, age) WHERE state = 'ready';
  CREATE INDEX queueByState ON queue (state, dueAt);
  `,
  `
  ALTER TABLE images ADD COLUMN notBefore INTEGER NOT NULL DEFAULT 0;  -- 0: at once
  DROP INDEX imagesUnpublished;
  CREATE INDEX imagesUnpublished ON images (arrivedAt, id, notBefore)
    WHERE state = 'pending' AND published = 0;
  `,
  `
  UPDATE images SET published = 1 WHERE state <> 'pending';
  DROP INDEX imagesUnpublished;
  -- Settled by an outcome of an earlier opening, an image still waits for its later one.
  CREATE INDEX imagesUnpublished ON images (arrivedAt, id, notBefore)
    WHERE published = 0 AND (state = 'pending' OR openings > 1);
  `,
  `
  ALTER TABLE arrivals ADD COLUMN wished INTEGER NOT NULL DEFAULT 0;  -- somebody asked for it
  CREATE INDEX imagesByModelVersion ON images (model, modelVersion, id);
  CREATE INDEX imagesStored ON images (StudyInstanceUID, id) WHERE state = 'stored';

  -- Work on many rows: sweeps, withdrawals, reprocessing.
  CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    options TEXT NOT NULL,  -- JSON
    askedBy TEXT NOT NULL,
    startedAt INTEGER NOT NULL,
    endedAt INTEGER,  -- null until it is done
    place TEXT NOT NULL DEFAULT 'null',  -- JSON: where to take it up
    report TEXT NOT NULL DEFAULT 'null'  -- JSON
  );
  CREATE INDEX tasksByKind ON tasks (kind, id);

  -- One line for each act on a stored image, before the act. Lines are never changed.
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    task INTEGER NOT NULL,
    askedBy TEXT NOT NULL,
    action TEXT NOT NULL,
    imageId TEXT NOT NULL,
    model TEXT,
    modelVersion TEXT,
    StudyInstanceUID TEXT,
    sourceSOPInstanceUID TEXT,
    outputSeriesInstanceUID TEXT,
    outputSOPInstanceUID TEXT,
    UNIQUE (task, imageId, action)
  );
  CREATE TRIGGER auditUnchanged BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
  END;
  CREATE TRIGGER auditKept BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
  END;
  `,
  `
  ALTER TABLE facts ADD COLUMN text TEXT;  -- of the cursor: the row of the change log that stands there
  `,
  `
  -- Why the rules decided as they did, as of then. Goes with its row.
  CREATE TABLE explanations (
    imageId TEXT NOT NULL UNIQUE REFERENCES images (id) ON DELETE CASCADE,
    decidedAt INTEGER NOT NULL,
    explanation BLOB NOT NULL  -- deflated JSON
  );
  `,
  `
  -- What models came to in the shadow of those whose colour is stored.
  CREATE TABLE shadows (
    age INTEGER PRIMARY KEY AUTOINCREMENT,
    imageId TEXT NOT NULL,
    storedModel TEXT NOT NULL,
    storedVersion TEXT NOT NULL,
    model TEXT NOT NULL,
    modelVersion TEXT NOT NULL,
    at INTEGER NOT NULL,
    inferMs REAL NOT NULL,
    code TEXT,
    figures TEXT,  -- JSON; null where there is a code
    UNIQUE (imageId, model, modelVersion)
  );
  CREATE INDEX shadowsByPair ON shadows (storedModel, storedVersion, model, modelVersion, age);
  CREATE TRIGGER shadowsForgotten AFTER DELETE ON images BEGIN
    DELETE FROM shadows WHERE imageId = old.id;
  END;
  `,
  `
  -- Who did what, each line sealed to the one before; takes the place of the table audit, whose lines stay.
  CREATE TABLE trail (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
    who TEXT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT,
    address TEXT NOT NULL,
    target TEXT,
    details TEXT NOT NULL,  -- JSON
    once TEXT UNIQUE,  -- of lines that are written once
    seal TEXT NOT NULL
  );
  CREATE INDEX trailByTime ON trail (at);
  CREATE TRIGGER trailUnchanged BEFORE UPDATE ON trail BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
  END;
  CREATE TRIGGER trailKept BEFORE DELETE ON trail BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
  END;
  `,
  `
  CREATE INDEX imagesByRule ON images (rule, arrivedAt, id);
  CREATE INDEX imagesByRuleAndState ON images (rule, state, arrivedAt, id);
  -- The latencies of each hour in their order, so that a percentile is a place in it; the columns behind them are
  -- there so that no row is looked at.
  CREATE INDEX imagesLatency
    ON images (arrivedAt / 3600000, max(0, settledAt - max(arrivedAt, notBefore)),
      state, openings, arrivedAt, settledAt, notBefore)
    WHERE state = 'stored' AND openings = 1;
  CREATE INDEX imagesFinished ON images (settledAt, state) WHERE state = 'stored';
  `,
  `
  -- Colour images on their way to other servers; written with the outcome of their image.
  CREATE TABLE forwards (
    imageId TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    destination TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'dropped')),
    opening INTEGER NOT NULL DEFAULT 1,  -- how often it became pending
    attempts INTEGER NOT NULL DEFAULT 0,
    since INTEGER NOT NULL,
    dueAt INTEGER NOT NULL,
    code TEXT,
    reason TEXT,  -- of the last attempt
    settledAt INTEGER,
    PRIMARY KEY (imageId, destination)
  ) WITHOUT ROWID;
  CREATE INDEX forwardsDue ON forwards (destination, dueAt, imageId) WHERE state = 'pending';
  CREATE INDEX forwardsUnsettled ON forwards (destination, state, since)
    WHERE state IN ('pending', 'failed');
  `,
  `
  -- Every text of the rules file that came into force, once for each time.
  CREATE TABLE rulesEditions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version TEXT NOT NULL,
    textHash TEXT NOT NULL,
    inForceSince INTEGER NOT NULL,
    origin TEXT NOT NULL,
    "by" TEXT,
    note TEXT,
    rules INTEGER NOT NULL,
    text TEXT NOT NULL
  );
  CREATE INDEX rulesEditionsByVersion ON rulesEditions (version, id);
  `,
  `
  -- Who may come in. Secrets are kept as hashes: passwords by scrypt, the others, which nobody can guess, by SHA-256.
  CREATE TABLE users (
    name TEXT PRIMARY KEY NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    password TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    changedAt INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    createdAt INTEGER NOT NULL,
    createdBy TEXT NOT NULL,
    expiresAt INTEGER  -- null: never
  ) WITHOUT ROWID;
  CREATE TABLE sessions (
    hash TEXT PRIMARY KEY NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('user', 'provider', 'token')),
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    seenAt INTEGER NOT NULL,
    expiresAt INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessionsBySubject ON sessions (source, subject);
  CREATE TABLE firstLink (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    hash TEXT NOT NULL,
    expiresAt INTEGER NOT NULL
  );
  `,
];
