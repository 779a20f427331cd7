import type { Logger } from 'pino';
import { asColouriseError, ColouriseError, errorKinds, type ErrorCode } from '../domain/errors.js';
import type { Archive } from '../ports/pacs.js';

/** One judge of whether the archive is away, for every loop and every job. */
export interface ArchiveWatch {
  /**
   * The archive, its faults judged: `PACS_UNAVAILABLE` now means that nothing can be had from it, and
   * `PACS_FAILED` that this request fails while it answers others.
   */
  readonly archive: Archive;
  /** What is wrong, in one sentence, while the archive is away. */
  readonly fault: string | undefined;
  /** True at once, or as soon as the archive answers; false when the signal or `stop` ends the waiting. */
  whenWell(signal?: AbortSignal): Promise<boolean>;
  /** Asks the archive now: whoever asks nothing else would not notice that it is away. */
  look(): Promise<boolean>;
  stop(): void;
}

export interface WatchOptions {
  /** A question that costs the archive next to nothing. @throws when it is away */
  readonly ask: () => Promise<void>;
  /** Pause before the archive is asked again; doubles up to the longest, ms. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  readonly log: Logger;
}

/** Faults that may be the archive's or the request's own: only another question can tell. */
const ambiguous: ReadonlySet<ErrorCode> = new Set(['PACS_UNAVAILABLE', 'PACS_UNAUTHORISED']);

/**
 * Watches the archive through what is asked of it anyway. After a fault one cheap question decides whether it is
 * away; then everybody waits for one who asks again and again, and the log has one line at each end of the outage.
 */
export function watchArchive(
  archive: Archive,
  { ask, firstPauseMs, longestPauseMs, log }: WatchOptions,
): ArchiveWatch {
  let outage: { readonly since: number; readonly error: ColouriseError } | undefined;
  let asking: Promise<boolean> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const waiting = new Set<(well: boolean) => void>();

  const release = (well: boolean): void => {
    for (const resolve of waiting) resolve(well);
    waiting.clear();
  };

  /** Whether it answers; concurrent callers share one question. */
  const isWell = (): Promise<boolean> =>
    (asking ??= ask()
      .then(onAnswer, onSilence)
      .finally(() => (asking = undefined)));

  const onAnswer = (): boolean => {
    if (outage === undefined) return true;
    const seconds = Math.round((performance.now() - outage.since) / 1000);
    outage = undefined;
    log.info({ seconds }, 'Orthanc answers again; catching up');
    release(true);
    return true;
  };

  const onSilence = (thrown: unknown): boolean => {
    const error = asColouriseError(thrown);
    const { code, message } = error;
    if (outage?.error.code !== code) {
      const { next } = errorKinds[code];
      log.error({ code, next }, `Orthanc is away: ${message}; nothing is lost, it is asked again`);
    }
    const begins = outage === undefined;
    outage = { since: outage?.since ?? performance.now(), error };
    if (begins) askLater(firstPauseMs);
    return false;
  };

  const askLater = (pauseMs: number): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      void isWell().then((well) => {
        if (!well) askLater(Math.min(longestPauseMs, 2 * pauseMs));
      });
    }, pauseMs);
  };

  const judged = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (thrown) {
      const error = asColouriseError(thrown);
      if (!ambiguous.has(error.code) || stopped || outage !== undefined) throw error;
      if (!(await isWell()) || error.code === 'PACS_UNAUTHORISED') throw error;
      throw new ColouriseError('PACS_FAILED', error.message, { cause: error });
    }
  };

  return {
    archive: {
      changes: (since, limit) => judged(() => archive.changes(since, limit)),
      recall: (orthancId) => archive.recall(orthancId),
      identify: (orthancId) => judged(() => archive.identify(orthancId)),
      reception: (orthancId) => judged(() => archive.reception(orthancId)),
      instancesOf: (level, orthancId) => judged(() => archive.instancesOf(level, orthancId)),
      isStudyStable: (orthancId) => judged(() => archive.isStudyStable(orthancId)),
      countStudies: () => judged(() => archive.countStudies()),
      listStudies: (offset, limit) => judged(() => archive.listStudies(offset, limit)),
      listInstances: (orthancId) => judged(() => archive.listInstances(orthancId)),
      holding: (ref, patient) => judged(() => archive.holding(ref, patient)),
      locate: (uid) => judged(() => archive.locate(uid)),
      describe: (orthancId) => judged(() => archive.describe(orthancId)),
      erase: (orthancId) => judged(() => archive.erase(orthancId)),
      findInstances: (query) => judged(() => archive.findInstances(query)),
      seriesBeside: (ref) => judged(() => archive.seriesBeside(ref)),
      metadata: (ref) => judged(() => archive.metadata(ref)),
      studyMetadata: (uid) => judged(() => archive.studyMetadata(uid)),
      retrieve: (ref) => judged(() => archive.retrieve(ref)),
      open: async (ref) => {
        const file = await judged(() => archive.open(ref));
        if (file === undefined) return undefined;
        const whole = judged(() => file.whole);
        // Whoever reads the file hears of it, if anybody still does.
        whole.catch(() => undefined);
        return { ...file, whole };
      },
      store: (instance, patient) => judged(() => archive.store(instance, patient)),
    },
    get fault() {
      return outage && `Orthanc is away: ${outage.error.message}`;
    },
    look: () => (stopped ? Promise.resolve(false) : isWell()),
    async whenWell(signal) {
      if (stopped || signal?.aborted) return false;
      if (outage === undefined) return true;
      return new Promise((resolve) => {
        const end = (well: boolean): void => {
          waiting.delete(end);
          signal?.removeEventListener('abort', giveUp);
          resolve(well);
        };
        const giveUp = (): void => {
          end(false);
        };
        waiting.add(end);
        signal?.addEventListener('abort', giveUp);
      });
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      release(false);
    },
  };
}
