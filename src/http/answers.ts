import { z } from 'zod';
import { compressions } from '../domain/job.js';
import type { Explanation } from '../domain/rules/explanation.js';
import type { SweepReport } from '../domain/sweep.js';
import type { ReprocessReport, WithdrawReport } from '../ports/tasks.js';

/** Schemas of what the API answers, as the OpenAPI document shows them; the types stand in api.ts and in the ports. */

const count = z.int().min(0);
const palette = z.enum(['magenta', 'amber', 'blue']);
const provider = z.enum(['cpu', 'cuda', 'webgpu']);
const states = { undecided: count, pending: count, stored: count, skipped: count, failed: count };

export const imageState = z.enum(['pending', 'stored', 'skipped', 'failed']);

/** Names that requests bring. */
export const modelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected the name of a model');
/** `evidence`, or one version: `evidence@1.0.0`. */
export const modelReference = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,63}(@[0-9A-Za-z.-]{1,64})?$/,
    'expected a model, or one version of it: evidence@1.0.0',
  );
export const imageId = z.string().regex(/^[\w.:-]{1,128}$/, 'expected the id of an image');

/** A moment as requests write it. */
export const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const image = z.strictObject({
  id: z.string(),
  orthancId: z.string(),
  state: imageState,
  rule: z.string().describe('The rule that decided; empty where none did.'),
  rulesVersion: z.string(),
  reason: z.string(),
  attempts: count,
  summary: z.record(z.string(), z.string()).describe('A few facts; nothing of the patient.'),
  timingsMs: z.record(z.string(), z.number()).describe('Time in each stage, ms.'),
  arrivedAt: z.date(),
  notBefore: z.date().optional().describe('A pending image is left alone until then.'),
  settledAt: z.date().optional(),
  source: z
    .strictObject({
      StudyInstanceUID: z.string(),
      SeriesInstanceUID: z.string(),
      SOPInstanceUID: z.string(),
    })
    .optional(),
  output: z.strictObject({ SeriesInstanceUID: z.string(), SOPInstanceUID: z.string() }).optional(),
  model: z.string().optional(),
  modelVersion: z.string().optional(),
  palette: palette.optional(),
  strength: z.number().optional(),
  window: z.int().optional(),
  display: z.enum(['srgb', 'gsdf']).optional(),
  contours: z.array(z.number()).optional(),
  compression: z
    .enum(compressions)
    .optional()
    .describe('How its pixels were packed, if they were.'),
  code: z.string().optional().describe('Skip code or error code.'),
  probability: z.number().optional(),
  next: z.string().optional().describe('What the operator does now; only of failures.'),
  forwards: z
    .array(
      z.strictObject({
        destination: z.string(),
        state: z.enum(['pending', 'sent', 'failed', 'dropped']),
        attempts: count,
        code: z.string().optional(),
        reason: z.string().optional(),
        since: z.date(),
        settledAt: z.date().optional(),
      }),
    )
    .optional()
    .describe('Where its colour goes on to; only of a single image.'),
});

export const imagePage = z.strictObject({
  images: z.array(image),
  next: z.string().optional().describe('`before` of the next page; absent on the last.'),
});

export const imageDecision = z.strictObject({
  id: z.string(),
  rule: z.string(),
  rulesVersion: z.string(),
  reason: z.string().describe('Of the decision, whatever became of the image since.'),
  decidedAt: z
    .date()
    .optional()
    .describe('Absent, as the explanation is, where no rule was asked.'),
  explanation: z
    .custom<Explanation>()
    .optional()
    .describe(
      'A tree: `kind`, `text`, `truth`, and `parts` or, of a `clause`, what was `read`. Values that may name a person are withheld.',
    ),
  shortened: z.boolean().optional().describe('Clauses of rules that did not decide are left out.'),
});

export const imageLinks = z.strictObject({
  explorer: z.string().optional(),
  viewer: z.string().optional(),
  ohif: z.string().optional(),
  stone: z.string().optional(),
});

export const activity = z.strictObject({
  since: z.date(),
  hours: z
    .array(
      z.strictObject({
        hour: z.date().describe('Its beginning.'),
        stored: count,
        skipped: count,
        failed: count,
        pending: count,
        finished: count.describe('Colour images that were stored in this hour.'),
        latency: z
          .strictObject({ images: count, medianMs: count, p95Ms: count })
          .optional()
          .describe(
            'From arrival to the colour series, of what arrived in it and went its way once.',
          ),
      }),
    )
    .describe(
      'The rows that arrived in each hour by their state of now; hours without any are left out.',
    ),
});

export const serviceStatus = z.strictObject({
  version: z.string(),
  startedAt: z.date(),
  state: z.enum(['ready', 'starting', 'degraded']),
  reasons: z.array(z.string()),
  orthanc: z.strictObject({
    url: z.string(),
    reachable: z.boolean(),
    version: z.string().optional(),
  }),
  queue: z.strictObject({ ready: count, delayed: count, inFlight: count, dead: count }),
  models: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      title: z.string(),
      meaning: z.string(),
      sha256: z.string(),
      kind: z.enum(['evidence', 'ab']),
      licence: z.string(),
      default: z.boolean(),
    }),
  ),
  provider,
  inference: z
    .strictObject({
      provider,
      runtime: z.string(),
      device: z
        .strictObject({
          name: z.string(),
          id: z.int().optional(),
          driver: z.string().optional(),
        })
        .optional(),
      batch: count,
      fallback: z.strictObject({ from: provider, reason: z.string() }).optional(),
      sessions: count,
    })
    .optional()
    .describe('Absent where workers elsewhere run the networks.'),
  rules: z.strictObject({ version: z.string(), file: z.string(), fault: z.string().optional() }),
  balance: z.strictObject(states),
  daily: z.strictObject({
    since: z.date(),
    arrived: count,
    stored: count,
    skipped: count,
    failed: count,
    pending: count,
    missing: count.optional(),
    sweptAt: z.date().optional(),
  }),
  destinations: z
    .array(
      z.strictObject({
        destination: z.string(),
        kind: z.enum(['dicomweb', 'modality', 'peer']).optional(),
        pending: count,
        failed: count,
        oldest: z.date().optional(),
        fault: z.string().optional().describe('Why nothing can be sent to it now.'),
      }),
    )
    .describe('Other servers that colour series go on to.'),
});

/** Of work on many images: the shape depends on its kind. */
const taskReport = z
  .custom<SweepReport | WithdrawReport | ReprocessReport>()
  .describe('Once it is done; its shape depends on `kind`.');

const taskState = z.strictObject({
  kind: z.enum(['sweep', 'withdraw', 'reprocess']),
  dryRun: z.boolean(),
  askedBy: z.string(),
  startedAt: z.date(),
  endedAt: z.date().optional(),
  outcome: z.enum(['done', 'cancelled', 'failed']).optional().describe('Absent while it runs.'),
  code: z.string().optional(),
  reason: z.string().optional(),
  done: count,
  of: count,
  report: taskReport.optional(),
});

export const begunTask = z.strictObject({ task: taskState });
export const latestTask = z.strictObject({ task: taskState.nullable() });
