import type { Logger } from 'pino';
import { asColouriseError } from '../domain/errors.js';
import type { Job, ModelVersion } from '../domain/job.js';
import { admitsShadow, type ShadowBudget, type ShadowResult } from '../domain/shadow.js';
import { compareColourings } from '../imaging/compare-colourings.js';
import type { Registry } from '../models/registry.js';
import type { Colouring, GreyImage } from '../ports/colouring.js';
import type { Networks } from '../ports/networks.js';
import type { Pictures } from '../ports/pictures.js';
import type { ShadowSink } from '../ports/shadow-book.js';
import type { Telemetry } from '../ports/telemetry.js';

/** A picture whose colour was just stored, with what its model said. */
export interface Sighting {
  readonly job: Pick<Job, 'id' | 'rendering'> & { readonly shadow: ModelVersion };
  readonly image: GreyImage;
  readonly colouring: Colouring;
}

/**
 * Models that run beside those whose colour is stored. They see a picture after it was stored and recorded, on networks of
 * their own, and only while no job is in hand: what they cost, no patient's picture waits for.
 */
export interface Shadows {
  /** A job was taken in hand, or is done with. */
  began(): void;
  ended(): void;
  /** Takes the picture, or leaves it out where the budget is spent. */
  offer(sighting: Sighting): void;
  /** Leaves out what waits and hears no more of what runs. */
  stop(): void;
}

export interface ShadowTools {
  readonly registry: Pick<Registry, 'get'>;
  /** Not those of the jobs. */
  readonly networks: Pick<Networks, 'infer'>;
  readonly pictures: Pick<Pictures, 'shrink'>;
  readonly sink: ShadowSink;
  readonly telemetry?: Pick<Telemetry, 'shadowed'>;
  readonly log: Logger;
  /** Ms, of a clock that never goes back. */
  readonly nowMs: () => number;
}

export interface ShadowOptions extends ShadowBudget {
  /** How long no job was in hand before a shadow begins, ms: in a stream of images the next is just being fetched. */
  readonly lullMs: number;
  /** A model that takes longer for one picture has failed, ms. */
  readonly timeoutMs: number;
}

const minuteMs = 60_000;

export function createShadows(tools: ShadowTools, options: ShadowOptions): Shadows {
  const { telemetry, log, nowMs } = tools;
  const waiting: Sighting[] = [];
  const stopped = new AbortController();
  let taken: readonly number[] = [];
  let inHand = 0;
  let running = false;
  let lull: NodeJS.Timeout | undefined;

  const arrange = () => {
    clearTimeout(lull);
    if (running || inHand > 0 || waiting.length === 0 || stopped.signal.aborted) return;
    lull = setTimeout(() => void runNext(), options.lullMs);
  };
  const runNext = async () => {
    const sighting = waiting.shift();
    if (sighting === undefined) return;
    running = true;
    try {
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(options.timeoutMs)]);
      const result = await compare(sighting, tools, signal);
      if (stopped.signal.aborted) return;
      telemetry?.shadowed('code' in result ? 'failed' : 'compared');
      await tools.sink.record(result);
    } catch (thrown) {
      const { code, message } = asColouriseError(thrown);
      log.warn({ job: sighting.job.id, code }, `a shadow's result is lost: ${message}`);
    } finally {
      running = false;
      arrange();
    }
  };

  return {
    began() {
      inHand += 1;
      clearTimeout(lull);
    },
    ended() {
      inHand -= 1;
      arrange();
    },
    offer(sighting) {
      taken = taken.filter((at) => nowMs() - at < minuteMs);
      const load = { waiting: waiting.length, takenLately: taken.length };
      if (stopped.signal.aborted || !admitsShadow(load, options)) {
        telemetry?.shadowed('left-out');
        return;
      }
      taken = [...taken, nowMs()];
      waiting.push(sighting);
      arrange();
    },
    stop() {
      stopped.abort(new Error('the service stops'));
      clearTimeout(lull);
      waiting.length = 0;
    },
  };
}

/** Never throws: a shadow that fails is a result too. */
async function compare(
  { job, image, colouring }: Sighting,
  { registry, networks, pictures, nowMs }: ShadowTools,
  signal: AbortSignal,
): Promise<ShadowResult> {
  const { model, modelVersion, strength } = job.rendering;
  const pair = { stored: { model, modelVersion }, shadow: job.shadow };
  let since = nowMs();
  const inferMs = () => Math.round(nowMs() - since);
  try {
    const shadow = registry.get(job.shadow.model, job.shadow.modelVersion);
    const thumbnail = await pictures.shrink(image, shadow.manifest.input, signal);
    since = nowMs();
    const seen = await networks.infer(shadow, thumbnail, signal);
    const took = inferMs();
    const figures = compareColourings(colouring, seen, strength);
    return { ...pair, jobId: job.id, inferMs: took, figures };
  } catch (thrown) {
    const code = signal.aborted ? 'TOO_SLOW' : asColouriseError(thrown).code;
    return { ...pair, jobId: job.id, inferMs: inferMs(), code };
  }
}
