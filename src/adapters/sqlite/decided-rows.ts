/** Rows of images that a decision writes: to be called within its transaction. */
import type { Job } from '../../domain/job.js';
import { goingFurther } from '../../domain/forward.js';
import type { RoutedArrival } from '../../ports/ledger.js';
import type { StateDatabase } from './database.js';
import { keepExplanation } from './explanations.js';
import {
  countOpening,
  decisionColumns,
  insertRow,
  reopenRow,
  type Row,
  updateRow,
} from './image-columns.js';

interface DecidedArrival {
  readonly orthancId: string;
  readonly arrivedAt: number;
  /** 1 where somebody asked for it. */
  readonly wished: number;
}

interface KnownRow {
  readonly state: string;
  readonly code: string | null;
  readonly published: number;
  readonly job: string;
}

/** One row for each job, or one for an arrival that led to none. */
export function writeDecision(
  database: StateDatabase,
  { orthancId, arrivedAt, wished }: DecidedArrival,
  routed: RoutedArrival,
  now: Date,
): void {
  const facts = { ...decisionColumns(routed), orthancId, arrivedAt };
  if (routed.jobs.length === 0) {
    const id = `a-${orthancId}`;
    insertRow(database, {
      ...facts,
      id,
      state: routed.failure === undefined ? 'skipped' : 'failed',
      code: routed.failure ?? routed.skip ?? null,
      settledAt: now.getTime(),
    });
    keepExplanation(database, id, routed.explanation, now);
  }
  for (const job of routed.jobs) {
    const explain = () => {
      keepExplanation(database, job.id, routed.explanation, now);
    };
    writeJob(database, facts, job, wished === 1, explain);
  }
}

function writeJob(
  database: StateDatabase,
  facts: Row,
  job: Job,
  wished: boolean,
  explain: () => void,
): void {
  const columns = {
    ...facts,
    job: JSON.stringify(job),
    model: job.rendering.model,
    modelVersion: job.rendering.modelVersion,
  };
  const known = database.get<KnownRow>(
    'SELECT state, code, published, job FROM images WHERE id = ?',
    [job.id],
  );
  if (!known) {
    insertRow(database, { ...columns, id: job.id, state: 'pending' });
    explain();
  } else if (known.state === 'pending') {
    updateRow(database, job.id, {
      arrivedAt: facts['arrivedAt'] ?? 0,
      published: 0,
      job: JSON.stringify(goingFurther(JSON.parse(known.job) as Job, job)),
    });
    if (known.published === 1) countOpening(database, job.id);
    database.run('UPDATE images SET notBefore = min(notBefore, :notBefore) WHERE id = :id', {
      id: job.id,
      notBefore: facts['notBefore'] ?? 0,
    });
  } else if (known.code === 'WITHDRAWN' && !wished) {
    updateRow(database, job.id, { arrivedAt: facts['arrivedAt'] ?? 0 });
  } else {
    reopenRow(database, job.id, columns);
    explain();
  }
}
