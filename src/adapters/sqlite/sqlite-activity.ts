import type { HourOfWork, ImageState } from '../../ports/ledger.js';
import type { StateDatabase } from './database.js';

const hourMs = 3_600_000;
const mostRules = 200;

/** What happened hour by hour: from the tallies, and from indices that hold all that is asked. */
export function workByHour(database: StateDatabase, since: Date): readonly HourOfWork[] {
  const first = Math.floor(since.getTime() / hourMs);
  const given = { first, from: first * hourMs };
  const arrived = database.all<{ hour: number; state: ImageState; n: number }>(
    'SELECT hour, state, n FROM tallies WHERE hour >= :first AND n > 0',
    given,
  );
  const finished = database.all<{ hour: number; n: number }>(
    `SELECT settledAt / ${hourMs} AS hour, count(*) AS n FROM images INDEXED BY imagesFinished
     WHERE state = 'stored' AND settledAt >= :from GROUP BY 1`,
    given,
  );
  const hours = new Set([...arrived, ...finished].map(({ hour }) => hour));
  const finishedIn = new Map(finished.map(({ hour, n }) => [hour, n]));
  const arrivedIn = new Map(arrived.map(({ hour, state, n }) => [`${hour} ${state}`, n]));
  return [...hours]
    .sort((one, other) => one - other)
    .map((hour) => {
      const latency = latencyOf(database, hour);
      const of = (state: ImageState) => arrivedIn.get(`${hour} ${state}`) ?? 0;
      return {
        hour: new Date(hour * hourMs),
        stored: of('stored'),
        skipped: of('skipped'),
        failed: of('failed'),
        pending: of('pending'),
        finished: finishedIn.get(hour) ?? 0,
        ...(latency && { latency }),
      };
    });
}

/** As the index has them: in these very words SQLite knows them again. */
const latencyMs = 'max(0, settledAt - max(arrivedAt, notBefore))';
const ofHour = "state = 'stored' AND openings = 1 AND arrivedAt / 3600000 = :hour";

/** By nearest rank. */
function latencyOf(database: StateDatabase, hour: number): HourOfWork['latency'] {
  const counted = database.get<{ n: number }>(`SELECT count(*) AS n FROM images WHERE ${ofHour}`, {
    hour,
  });
  const images = counted?.n ?? 0;
  const ranked = (share: number) =>
    database.get<{ ms: number }>(
      `SELECT ${latencyMs} AS ms FROM images WHERE ${ofHour}
       ORDER BY ${latencyMs} LIMIT 1 OFFSET :rank`,
      { hour, rank: Math.ceil(share * images) - 1 },
    );
  if (images === 0) return undefined;
  const [median, p95] = [ranked(0.5), ranked(0.95)];
  return median && p95 && { images, medianMs: median.ms, p95Ms: p95.ms };
}

/** From name to name along the index: as quick with a million rows as with ten. */
export function rulesInUse(database: StateDatabase): readonly string[] {
  const rows = database.all<{ rule: string }>(
    `WITH RECURSIVE names (rule) AS (
       SELECT min(rule) FROM images WHERE rule > ''
       UNION ALL
       SELECT (SELECT min(i.rule) FROM images AS i WHERE i.rule > names.rule)
       FROM names WHERE names.rule IS NOT NULL)
     SELECT rule FROM names WHERE rule IS NOT NULL LIMIT ${mostRules}`,
    {},
  );
  return rows.map(({ rule }) => rule);
}
