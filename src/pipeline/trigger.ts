import { jobId } from '../dicom/derived-uids.js';
import { isOwnOutput } from '../dicom/own-output.js';
import { ColouriseError } from '../domain/errors.js';
import type { InstanceRef } from '../domain/job.js';
import type { RouteTools } from './route-arrival.js';
import { renderingOf, shadowOf } from './rendering.js';
import { summarise } from './summary.js';

export interface TriggerRequest {
  readonly level: 'study' | 'series' | 'instance';
  readonly orthancId: string;
  readonly model?: string;
  /** 0 (whenever) to 9 (first, the default). */
  readonly priority?: number;
}

/** Somebody's own wish comes before the stream of arrivals. */
const manualPriority = 9;

/** Bound on one wish: a study of more images is no radiographic examination. */
const mostInstances = 200;

/**
 * Queues what stands in Orthanc already because somebody asked for it, whatever the rules say;
 * what the picture is still decides. Our own colour images are left out.
 * @returns how many images were queued; those that are stored already count, the worker finds them quickly
 * @throws `USAGE` when there is no such resource or it is too large, `MODEL_NOT_FOUND`, `PACS_UNAVAILABLE`
 */
export async function triggerImages(
  { level, orthancId, model, priority = manualPriority }: TriggerRequest,
  { feed, ledger, registry, defaultModel, rules, log }: RouteTools,
): Promise<{ readonly queued: number }> {
  const rendering = renderingOf({ model }, registry, defaultModel);
  const shadow = shadowOf({}, rendering, registry, (reason) => {
    log.warn({ reason }, 'nothing runs in the shadow');
  });
  const instances = await feed.instancesOf(level, orthancId);
  if (instances === undefined) {
    throw new ColouriseError('USAGE', `Orthanc holds no ${level} ${orthancId}`);
  }
  if (instances.length > mostInstances) {
    throw new ColouriseError(
      'USAGE',
      `${instances.length} images at once; ask for a series or for single images`,
    );
  }
  let queued = 0;
  for (const id of instances) {
    const described = await feed.describe(id);
    if (described === undefined || isOwnOutput(described.attributes)) continue;
    const { source, attributes } = described;
    const ref: InstanceRef = {
      StudyInstanceUID: source.StudyInstanceUID,
      SeriesInstanceUID: source.SeriesInstanceUID,
      SOPInstanceUID: source.SOPInstanceUID,
    };
    ledger.askFor([id]);
    ledger.decide(id, {
      source,
      rule: 'on demand',
      reason: 'somebody asked for it',
      rulesVersion: rules().version,
      summary: summarise(attributes),
      jobs: [
        {
          id: jobId(ref, rendering),
          source: ref,
          rendering,
          priority,
          rule: 'on demand',
          needsLungs: true,
          ...(shadow ? { shadow } : {}),
        },
      ],
    });
    queued += 1;
  }
  return { queued };
}
