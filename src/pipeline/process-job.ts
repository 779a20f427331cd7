import type { LimitFunction } from 'p-limit';
import { deriveUids } from '../dicom/derived-uids.js';
import { asColouriseError, ColouriseError, errorKinds } from '../domain/errors.js';
import type { InstanceRef, Job, Outcome } from '../domain/job.js';
import { type DicomDataset, numberOf, textOf } from '../domain/dicom-json.js';
import { Tag } from '../domain/tags.js';
import type { ArrivingFile } from '../ports/arriving-file.js';
import { tellingWhenTaken } from '../ports/byte-source.js';
import type { EncodedInstance, HeldSeries, Holding, Pacs } from '../ports/pacs.js';
import type { Delivery, StageListener } from '../ports/queue.js';
import type { ArchiveWatch } from './archive-watch.js';
import { colourPicture, type ColourTools } from './colour-picture.js';
import { compressPicture } from './compress-picture.js';
import { deriveInstance, type Equipment, seriesNumber } from './derive-instance.js';
import { inTurn } from './in-turn.js';
import type { Shadows } from './shadows.js';
import { startStopwatch, type Stopwatch } from './stopwatch.js';

export interface JobTools extends ColourTools {
  /** Models that run beside, where there are any. */
  readonly shadows?: Shadows;
  readonly pacs: Pacs;
  readonly equipment: Omit<Equipment, 'provenance'>;
  /** Jobs that have the pixels of their image in memory take turns, until the colour is sent. */
  readonly holding: LimitFunction;
  /** As do those of them that have its file in memory. */
  readonly reading: LimitFunction;
  readonly now: () => Date;
}

/** RabbitMQ takes a delivery back after half an hour, and the consumer with it. */
const longestHoldMs = 600_000;

/**
 * A job that is handed out during an outage is held until the archive answers: its attempts are for faults of its
 * own, and it goes on at once when the outage is over. After ten minutes, or at a stop, it goes back to the queue.
 */
export async function processOnceWell(
  { job, signal, onStage }: Pick<Delivery, 'job' | 'signal' | 'onStage'>,
  tools: JobTools,
  watch: ArchiveWatch,
): Promise<Outcome> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(longestHoldMs)]);
  if (await watch.whenWell(patience)) return processBeside(job, tools, signal, onStage);
  return {
    outcome: 'retry',
    code: 'PACS_UNAVAILABLE',
    reason: watch.fault ?? 'the service stops',
    timingsMs: {},
  };
}

/** What runs in the shadow waits for the job. */
async function processBeside(
  job: Job,
  tools: JobTools,
  signal: AbortSignal,
  onStage?: StageListener,
): Promise<Outcome> {
  tools.shadows?.began();
  try {
    return await processJob(job, tools, signal, onStage);
  } finally {
    tools.shadows?.ended();
  }
}

/**
 * One job, from the archive back to the archive:
 * fetch → decode → window → infer → recognise → fuse → (compress) → encode → store → verify.
 * Never throws; doing it twice stores the same instance once.
 */
export async function processJob(
  job: Job,
  tools: JobTools,
  signal: AbortSignal,
  onStage?: StageListener,
): Promise<Outcome> {
  const stopwatch = startStopwatch(onStage);
  try {
    return await colourInArchive(job, tools, stopwatch, signal);
  } catch (thrown) {
    const { code, message: reason } = asColouriseError(thrown);
    const attempt = { code, reason, timingsMs: stopwatch.timings() };
    return errorKinds[code].retry
      ? { outcome: 'retry', ...attempt }
      : { outcome: 'failed', ...attempt };
  }
}

async function colourInArchive(
  job: Job,
  tools: JobTools,
  stopwatch: Stopwatch,
  signal: AbortSignal,
): Promise<Outcome> {
  const { pacs } = tools;
  const { source, rendering } = job;
  const output = deriveUids(source, rendering);
  const target = { ...output, StudyInstanceUID: source.StudyInstanceUID };
  const [stored, held] = await stopwatch.time('look', () =>
    Promise.all([pacs.holding(target), pacs.holding(source)]),
  );
  if (stored) return { outcome: 'already-stored', output, timingsMs: stopwatch.timings() };
  if (held === undefined) return gone(stopwatch);

  return inTurn(tools.holding, (isSent) => colourHeld(job, held, tools, stopwatch, signal, isSent));
}

/**
 * A job from the fetch on.
 * @param held what the archive had of the source before
 * @param isSent hears that the pixels are no longer in memory: what the archive still does with them needs none
 */
async function colourHeld(
  { id, source, rendering, needsLungs, shadow }: Job,
  held: Holding,
  tools: JobTools,
  stopwatch: Stopwatch,
  signal: AbortSignal,
  isSent: () => void,
): Promise<Outcome> {
  const { pacs, equipment, networks, now } = tools;
  let asked: Promise<ArchiveView | undefined> | undefined;
  const coloured = await inTurn(tools.reading, async (isRead) => {
    signal.throwIfAborted();
    const file = await fetchFile(pacs, source, stopwatch);
    if (file === undefined) return undefined;
    return colourPicture(file, rendering, tools, stopwatch, {
      signal,
      needsLungs,
      onShown: (attributes) => {
        isRead();
        asked = stopwatch.time('describe', () => askArchive(pacs, source, held, attributes));
        // It is heard of when it is needed; until then nobody waits for it.
        asked.catch(() => undefined);
      },
    });
  });
  if (coloured === undefined) return gone(stopwatch);
  if (coloured.kind === 'skipped') {
    const { code, reason } = coloured;
    return { outcome: 'skipped', code, reason, timingsMs: stopwatch.timings() };
  }

  const view = await asked;
  if (view === undefined) return gone(stopwatch);
  const { archive, series } = view;
  const ready = await compressPicture(coloured, rendering, tools.pictures, stopwatch, signal);
  const instance = await stopwatch.time('encode', () =>
    deriveInstance(
      ready,
      source,
      rendering,
      archive,
      seriesNumber(series, archive, source, rendering),
      { ...equipment, provenance: networks.provenance },
      now(),
    ),
  );
  signal.throwIfAborted();
  const { colouring, picture } = coloured;
  const wanted = shadow && tools.shadows;
  const kept = await stopwatch.time('store', () =>
    pacs.store(
      tellingWhenTaken(instance, () => {
        ready.drawing.release();
        ready.packed?.release();
        if (!wanted) picture.release();
        isSent();
      }),
      textOf(archive, Tag.PatientID),
    ),
  );
  await stopwatch.time('verify', () => verifyStored(pacs, instance, kept, picture.image));

  if (wanted) {
    wanted.offer({ job: { id, rendering, shadow }, image: picture.image, colouring });
  }
  const { SeriesInstanceUID, SOPInstanceUID } = instance;
  const probability = colouring.kind === 'evidence' ? colouring.probability : undefined;
  return {
    outcome: 'stored',
    output: { SeriesInstanceUID, SOPInstanceUID },
    ...(probability === undefined ? {} : { probability }),
    timingsMs: stopwatch.timings(),
  };
}

/** The file as soon as it begins to arrive; `fetch` ends when the whole of it is there. */
async function fetchFile(
  pacs: Pacs,
  source: InstanceRef,
  stopwatch: Stopwatch,
): Promise<ArrivingFile | undefined> {
  const opened = pacs.open(source);
  const whole = stopwatch.time('fetch', async () => (await opened)?.whole);
  // Who reads the file hears of it.
  whole.catch(() => undefined);
  const file = await opened;
  return file && { ...file, whole };
}

function gone(stopwatch: Stopwatch): Outcome {
  return {
    outcome: 'skipped',
    code: 'SOURCE_GONE',
    reason: 'the image was deleted before it could be coloured',
    timingsMs: stopwatch.timings(),
  };
}

/** What the archive says now of the source and its study. */
interface ArchiveView {
  readonly archive: DicomDataset;
  readonly series: readonly HeldSeries[];
}

/**
 * Patient and study may have been corrected since the image arrived, and the source deleted. Asked while the network
 * computes, a fraction of a second before the colour is stored. While the file that was read is still the archive's
 * its attributes hold: for them alone DICOMweb would read all of it once more.
 * @param read what was held before the file was read, and `attributes` what stood in it
 * @returns undefined once the source was deleted
 */
async function askArchive(
  pacs: Pacs,
  source: InstanceRef,
  read: Holding,
  attributes: DicomDataset,
): Promise<ArchiveView | undefined> {
  const [held, series] = await Promise.all([
    pacs.holding(source, textOf(attributes, Tag.PatientID)),
    pacs.seriesBeside(source),
  ]);
  if (held === undefined) return undefined;
  const archive = held.file === read.file ? attributes : await pacs.metadata(source);
  return archive && { archive, series };
}

/**
 * A stored file of just the size that was sent is enough; where the archive keeps it in another form, the object is
 * read back. @throws `STORE_UNVERIFIED`
 */
async function verifyStored(
  pacs: Pacs,
  instance: EncodedInstance,
  { bytes }: Holding,
  { Rows, Columns }: { readonly Rows: number; readonly Columns: number },
): Promise<void> {
  if (bytes === instance.byteLength) return;
  const stored = await pacs.metadata(instance);
  const sameSize =
    stored !== undefined &&
    numberOf(stored, Tag.Rows) === Rows &&
    numberOf(stored, Tag.Columns) === Columns;
  if (sameSize) return;
  throw new ColouriseError(
    'STORE_UNVERIFIED',
    `${instance.SOPInstanceUID} ${stored ? 'reads back with another size' : 'cannot be read back'}`,
  );
}
