import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteLedgerReader } from '../../src/adapters/sqlite/sqlite-ledger-reader.js';
import type { ServiceStatus } from '../../src/http/api.js';
import { dailyBalance } from '../../src/pipeline/daily-balance.js';
import { FakeService } from './fake-service.js';
import { temporaryFolder } from './process.js';

/**
 * A ledger on disk with so many images of the last day: four fifths stored, the rest skipped, failed or pending. Written
 * by one statement, since a hundred thousand decisions take minutes.
 */
export function largeLedger(rows: number): {
  readonly reader: SqliteLedgerReader;
  close(): void;
} {
  const database = StateDatabase.openForWriting(temporaryFolder());
  database.run(
    `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :rows)
     INSERT INTO images (id, orthancId, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID,
       studyOrthancId, state, job, model, modelVersion, rule, rulesVersion, decision, code, attempts,
       outputSeriesInstanceUID, outputSOPInstanceUID, probability, summary, timingsMs, arrivedAt,
       settledAt)
     SELECT 'job-' || n, 'instance-' || n, '1.2.840.' || (1000000 + n), '1.2.841.' || (1000000 + n),
       '1.2.842.' || (1000000 + n), 'study-' || n,
       CASE WHEN n % 5 > 0 THEN 'stored' WHEN n % 50 = 0 THEN 'failed' WHEN n % 500 = 5 THEN 'pending'
         ELSE 'skipped' END,
       '{"rendering":{"palette":"magenta","strength":1}}', 'evidence', '1.0.0', 'frontal-chest',
       '0123456789abcdef', 'Modality DX in [CR, DX]', NULL, 1, '2.25.1' || n, '2.25.2' || n, 0.5,
       '{"Modality":"DX","BodyPartExamined":"CHEST","ViewPosition":"PA"}',
       '{"fetch":40,"decode":30,"window":20,"infer":90,"fuse":30,"encode":40,"store":60}',
       :newest - n * 86000000 / :rows, :newest - n * 86000000 / :rows + 900 + n % 1700
     FROM numbers`,
    { rows, newest: Date.now() - 5000 },
  );
  return {
    reader: new SqliteLedgerReader(database, () => new Date()),
    close: () => {
      database.close();
    },
  };
}

/** A service over a ledger on disk; all else is made up. */
export class LedgerService extends FakeService {
  override readonly ledger: SqliteLedgerReader;

  constructor(reader: SqliteLedgerReader) {
    super();
    this.ledger = reader;
  }

  override async status(): Promise<ServiceStatus> {
    const balance = this.ledger.balance();
    return { ...(await super.status()), balance, daily: dailyBalance(this.ledger, new Date()) };
  }
}
