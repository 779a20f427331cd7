import { pino } from 'pino';
import { createMemoryPacs } from '../../src/adapters/memory/memory-pacs.js';
import { StateDatabase } from '../../src/adapters/sqlite/database.js';
import { SqliteAudit } from '../../src/adapters/sqlite/sqlite-audit.js';
import { SqliteLedger } from '../../src/adapters/sqlite/sqlite-ledger.js';
import { SqliteLedgerReader } from '../../src/adapters/sqlite/sqlite-ledger-reader.js';
import { SqliteTaskBook } from '../../src/adapters/sqlite/sqlite-task-book.js';
import { SqliteUpkeep } from '../../src/adapters/sqlite/sqlite-upkeep.js';
import { deriveUids, jobId } from '../../src/dicom/derived-uids.js';
import type { Rendering } from '../../src/domain/job.js';
import type { TaskControl, TaskTools } from '../../src/bulk/task.js';
import type { RoutedArrival } from '../../src/ports/ledger.js';
import { exampleRendering } from './derivation.js';
import { ownOutput } from './own-output.js';
import { makePart10, type Synthetic } from './part10.js';
import { temporaryFolder } from './process.js';

/** An archive in memory beside a real ledger, and what the pipeline between them would have done. */
export function taskBench() {
  let time = Date.UTC(2026, 0, 31, 12);
  const now = () => new Date(time);
  const archive = createMemoryPacs(now);
  const database = StateDatabase.openForWriting(temporaryFolder());
  const ledger = new SqliteLedger(database, now);
  const asked: string[] = [];
  const tools: TaskTools = {
    archive,
    ledger,
    upkeep: new SqliteUpkeep(database),
    book: new SqliteTaskBook(database, now),
    catchUp: () => Promise.resolve(true),
    room: () => Promise.resolve(),
    wake: () => undefined,
    colour: (orthancId, model) => {
      asked.push(`${orthancId} ${model}`);
      return Promise.resolve();
    },
    now,
    log: pino({ level: 'silent' }),
  };
  const control: TaskControl = {
    signal: new AbortController().signal,
    progress: () => undefined,
  };
  let seq = 0;

  const decided = (image: Synthetic, rendering: Rendering, rules: string) => {
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = image;
    const source = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID };
    const id = jobId(source, rendering);
    const job = { id, source, rendering, priority: 5, rule: 'dx', needsLungs: true };
    return { id, source, routed: { ...common(rules), jobs: [job] } } as const;
  };
  const common = (rulesVersion: string) => ({
    rule: 'dx',
    reason: 'Modality DX',
    rulesVersion,
    summary: {},
  });

  /** The arrival of an image, admitted and decided. */
  const decide = async (orthancId: string, routed: RoutedArrival) => {
    ledger.admit([{ orthancId, seq: (seq += 1) }], seq);
    const source = await archive.identify(orthancId);
    ledger.decide(orthancId, { ...routed, ...(source ? { source } : {}) });
  };

  return {
    archive,
    database,
    ledger,
    reader: new SqliteLedgerReader(database, now),
    tools,
    control,
    asked,
    pass: (ms: number) => {
      time += ms;
    },
    decide,
    skip: (orthancId: string) => decide(orthancId, { ...common('r1'), jobs: [], skip: 'RULE' }),
    /** An image that was coloured: original and colour in the archive, both known to the ledger. */
    async coloured(
      image: Synthetic = makePart10(),
      { rendering = exampleRendering, rules = 'r1' } = {},
    ) {
      const orthancId = archive.upload(image.part10);
      const { id, source, routed } = decided(image, rendering, rules);
      await decide(orthancId, routed);
      time += 1000;
      const metadata = (await archive.metadata(source)) ?? {};
      const colourId = archive.upload(await ownOutput(metadata, rendering));
      await decide(colourId, { ...common(rules), jobs: [], skip: 'OWN_OUTPUT' });
      const output = deriveUids(source, rendering);
      ledger.markPublished(ledger.unpublished(100).map((job) => job.id));
      ledger.record(id, { outcome: 'stored', output, timingsMs: {} });
      time += 1000;
      return { id, orthancId, colourId, source, output, image };
    },
    audited: () =>
      new SqliteAudit(database, now)
        .after(0, 1000)
        .map(({ action, target }) => `${action.replace('image.', '')} ${target ?? ''}`),
  };
}
