import { connect, type GetMessage } from 'amqplib';
import { countInstances, lookUp, storedFiles } from '../support/archive.js';
import { assertNamesNobody } from '../support/people.js';
import { until } from '../support/process.js';
import type { ImageAnswer } from '../support/service.js';
import type { Stage } from './stage.js';
import type { SentStudy } from './traffic.js';

export interface Verdict {
  readonly stored: number;
  readonly skipped: number;
  readonly failed: number;
  /** Eligible images without a colour instance, and images without a row. */
  readonly lost: number;
  /** Sources with more than one colour instance, or with more than one row. */
  readonly doubled: number;
  readonly deadLetters: number;
  /** Images of the senders that the archive took and then held cut off: its disk was full. */
  readonly cutOff: number;
  /** One sentence for each thing that must not be, with identifiers to look for. */
  readonly faults: readonly string[];
}

const atOnce = 8;
const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

/** What must hold at the end, by what Orthanc, RabbitMQ and the ledger each say for themselves. */
export async function judge(stage: Stage, sent: readonly SentStudy[]): Promise<Verdict> {
  const rows = await stage.serve.images();
  const bySource = new Map<string, ImageAnswer[]>();
  for (const row of rows) {
    const uid = row.source?.SOPInstanceUID ?? '';
    bySource.set(uid, [...(bySource.get(uid) ?? []), row]);
  }
  const faults: string[] = [];
  const count = { lost: 0, doubled: 0, colour: 0, sources: 0, cutOff: 0 };
  for (let first = 0; first < sent.length; first += atOnce) {
    const some = sent.slice(first, first + atOnce).map(async ({ study, planned }) => {
      const files = await storedFiles(stage.orthanc, study.StudyInstanceUID);
      const colour = files.filter(({ SOPClassUID }) => SOPClassUID === secondaryCapture);
      const own = bySource.get(study.SOPInstanceUID) ?? [];
      const about = `${study.name} (${planned.fate}, sent at ${planned.atMs} ms) ${study.SOPInstanceUID}`;
      const isThere = (await lookUp(stage.orthanc, study.SOPInstanceUID)).length > 0;
      const cutOff = files.filter(({ bytes, readable }) => bytes !== readable);
      const found = cutOff.some(({ SOPClassUID }) => SOPClassUID !== secondaryCapture)
        ? judgeCutOff(own, colour.length)
        : judgeOne({ study, planned }, own, colour.length, isThere);
      const unreadable = cutOff
        .filter(({ SOPClassUID }) => SOPClassUID === secondaryCapture)
        .map(({ bytes, readable }) => `its colour is cut off: ${readable} of ${bytes} bytes`);
      faults.push(...[...found.faults, ...unreadable].map((fault) => `${about}: ${fault}`));
      count.cutOff += cutOff.length - unreadable.length;
      count.lost += found.lost;
      count.doubled += found.doubled;
      count.colour += colour.length;
      count.sources += isThere ? 1 : 0;
    });
    await Promise.all(some);
  }
  const instances = await countInstances(stage.orthanc);
  if (instances !== count.sources + count.colour) {
    faults.push(`Orthanc holds ${instances} instances, not ${count.sources} + ${count.colour}`);
  }
  const { dead, left } = await broker(stage);
  faults.push(...left, ...dead.flatMap((id) => judgeDeadLetter(id, rows)));
  for (const [name, log] of Object.entries(stage.logs())) {
    try {
      assertNamesNobody(log, `the log of ${name}`);
    } catch (error) {
      faults.push(String(error));
    }
  }
  const inState = (state: ImageAnswer['state']) =>
    rows.filter((row) => row.state === state && row.code !== 'OWN_OUTPUT').length;
  return {
    stored: inState('stored'),
    skipped: inState('skipped'),
    failed: inState('failed'),
    lost: count.lost,
    doubled: count.doubled,
    deadLetters: dead.length,
    cutOff: count.cutOff,
    faults,
  };
}

/**
 * Orthanc 1.10.1 says 'stored' of a small file that its full disk did not take. What it lost of its own is no fault of
 * ours, and what comes of it depends on when it is looked at; it must still be accounted for, once.
 */
function judgeCutOff(rows: readonly ImageAnswer[], colour: number): Judgement {
  const settled = rows.length > 0 && rows.every(({ state }) => state !== 'pending');
  const faults = settled ? [] : [`cut off by the archive, and ${rows.length} rows say so`];
  return { lost: settled ? 0 : 1, doubled: rows.length > 1 || colour > 1 ? 1 : 0, faults };
}

interface Judgement {
  readonly lost: number;
  readonly doubled: number;
  readonly faults: readonly string[];
}

function judgeOne(
  { study, planned }: SentStudy,
  rows: readonly ImageAnswer[],
  colour: number,
  isThere: boolean,
): Judgement {
  const said = rows
    .map(({ state, code, reason }) => `${state} ${code ?? ''} '${reason}'`)
    .join('; ');
  const faults: string[] = [];
  const doubled = rows.length > 1 || colour > 1 ? 1 : 0;
  if (doubled) faults.push(`${rows.length} rows, ${colour} colour instances: ${said}`);
  if (planned.fate === 'deleted') {
    // Gone before anybody looked, it leaves no trace in the change log either.
    if (isThere) faults.push('was deleted and is there');
    if (colour > 0) faults.push('was deleted, but a colour instance stands alone in its study');
    if (rows.some(({ state }) => state === 'pending')) faults.push(`is still pending: ${said}`);
    return { lost: 0, doubled, faults };
  }
  const wanted = study.expected.state === 'stored' ? 1 : 0;
  const isLost = rows.length === 0 || colour < wanted || !isThere;
  if (isLost) faults.push(`lost: ${rows.length} rows, ${colour} colour instances: ${said}`);
  if (colour > wanted) faults.push('coloured although it is not eligible');
  const [row] = rows;
  if (row && (row.state !== study.expected.state || codeOf(row) !== codeOf(study.expected))) {
    faults.push(`should be ${JSON.stringify(study.expected)} and is ${said}`);
  }
  return { lost: isLost ? 1 : 0, doubled, faults };
}

function codeOf(row: object): unknown {
  return 'state' in row && row.state !== 'stored' && 'code' in row ? row.code : undefined;
}

function judgeDeadLetter(id: string, rows: readonly ImageAnswer[]): readonly string[] {
  const row = rows.find((each) => each.id === id);
  if (row === undefined) return [`dead letter ${id} has no row`];
  return row.state === 'pending' ? [`dead letter ${id} has a pending row`] : [];
}

const graveyard = 'colouriser.dead';
/** What a broker that was just away may hold of copies, whose images are settled: each is a look at the archive. */
const drainMs = 60_000;

/** Every queue must run empty but that of the dead letters, which tells its jobs. */
async function broker({
  rabbit,
}: Stage): Promise<{ dead: readonly string[]; left: readonly string[] }> {
  const notEmpty = () =>
    [...rabbit.queues()].filter(([name, messages]) => name !== graveyard && messages > 0);
  await until('the queues to run empty', () => notEmpty().length === 0, drainMs, 1_000).catch(
    () => undefined,
  );
  const left = notEmpty().map(([name, messages]) => `${name} still holds ${messages} messages`);
  const connection = await connect(rabbit.url);
  try {
    const channel = await connection.createChannel();
    const dead: string[] = [];
    let message: GetMessage | false;
    // Not acknowledged: the end of the connection returns them.
    while ((message = await channel.get(graveyard)) !== false) {
      dead.push((JSON.parse(message.content.toString('utf8')) as { id: string }).id);
    }
    return { dead, left };
  } finally {
    await connection.close();
  }
}
