/** What the service does, with what, and within which limits. */
import { z } from 'zod';
import { isTimeZone } from '../domain/calendar.js';
import { ms, related, text, whole } from './option-kinds.js';

export const data = z.strictObject({
  folder: text('a path')
    .default('var')
    .describe('Folder of the ledger, which must survive restarts.'),
});

export const rules = z.strictObject({
  file: text('a path')
    .optional()
    .describe(
      'Rules that decide which images are coloured; if left out `rules.yaml` in `data.folder`, where the console puts edits, or else `config/rules.yaml` of the package.',
    ),
  timeZone: z
    .string()
    .refine((name) => isTimeZone(name))
    .meta({ expected: 'an IANA time zone: Europe/Berlin' })
    .optional()
    .describe(
      'By whose clock rules speak of hours, weekdays and today; that of the system if left out.',
    ),
});

export const models = z.strictObject({
  folder: text('a path')
    .optional()
    .describe('Folder with one folder for each model; `models` of the package if left out.'),
  installed: text('a path')
    .optional()
    .describe(
      'Folder of the models that `models install` puts beside those of the package; `models` in `data.folder` if left out.',
    ),
  default: text('the name of a model')
    .default('evidence')
    .describe('Model of rules that name none: `name`, or one version of it, `name@1.0.0`.'),
  maxBytes: whole(1024, 4_294_967_295, 536_870_912)
    .meta({ unit: 'bytes' })
    .describe('Largest model that is installed, packed or unpacked.'),
  shadowsPerMinute: whole(0, 100_000, 60)
    .meta({ unit: 'images a minute' })
    .describe(
      'Images that go through models in the shadow, of each process, while it has no other work; more are left out; 0 turns shadows off.',
    ),
});

export const inference = z
  .strictObject({
    provider: z
      .enum(['cpu', 'cuda', 'webgpu'])
      .default('cpu')
      .describe('Hardware that runs the networks. It is never changed silently.'),
    device: whole(0, 63, 0).describe('Which GPU, as `nvidia-smi` numbers them; for `cuda`.'),
    allowFallback: z
      .boolean()
      .default(false)
      .describe(
        'Whether `cuda` may give way to `cpu` at start if it cannot work; status, log and every object then say so.',
      ),
    sessions: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Copies of each network, each in a thread: left out, one for two cores up to 8 on `cpu`, 2 on `cuda`; 1 on `webgpu`.',
      ),
    threads: whole(1, 64, 1).describe(
      'Threads of each network on the CPU: one each in several workers is faster than several in one.',
    ),
    batch: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Pictures that a network takes at once, filled up with empty ones: left out, 4 on a GPU, and 1 on `cpu`, where more gain nothing.',
      ),
    batchWaitMs: whole(0, 1000, 3)
      .meta(ms)
      .describe('How long a picture waits for others to fill its batch.'),
    maxRunMs: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .meta(ms)
      .describe(
        'A network that takes longer for one batch at start may not work: left out, 500 on a GPU, 20000 on `cpu`.',
      ),
  })
  .refine(({ provider, sessions = 1 }) => !(provider === 'webgpu' && sessions > 1), {
    ...related('sessions'),
    error: '1, as two sessions of webgpu end the process',
  });

export const workers = z.strictObject({
  concurrency: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'Images in work at once, each with its pixels in memory: left out, what the networks take at once, and what is read and drawn meanwhile.',
    ),
});

export const intake = z.strictObject({
  pollMs: whole(50, 3_600_000, 500)
    .meta(ms)
    .describe(
      "Pause between two looks at Orthanc's change log; the plugin wakes the service earlier.",
    ),
  pageSize: whole(1, 1000, 100).describe('Changes that are read at once.'),
  maxUndecided: whole(1, 1_000_000, 1000).describe(
    'Arrivals that may wait for a decision; reading pauses beyond it.',
  ),
  stablePollMs: whole(100, 3_600_000, 5000)
    .meta(ms)
    .describe(
      'Pause between two questions whether a study is stable, where a rule waits for that.',
    ),
});

export const limits = z.strictObject({
  maxPixels: whole(1, 1_000_000_000, 50_000_000)
    .meta({ unit: 'pixels' })
    .describe('Largest Rows x Columns, taken from the header before anything is allocated.'),
  maxBytes: whole(1024, 4_294_967_295, 268_435_456)
    .meta({ unit: 'bytes' })
    .describe('Largest DICOM file that is fetched.'),
  decodeTimeoutMs: whole(100, 600_000, 20_000)
    .meta(ms)
    .describe('How long reading one file may take.'),
});

export const log = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severity that is written.'),
});

export const retention = z.strictObject({
  days: whole(0, 36_500, 365)
    .meta({ unit: 'days' })
    .describe('How long settled rows stay in the ledger; 0 keeps them for ever.'),
});

export const sweep = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether the archive is compared with the ledger every night.'),
  hour: whole(0, 23, 2).describe('Hour of the day, local time, at which that begins.'),
  days: whole(1, 3650, 30)
    .meta({ unit: 'days' })
    .describe('How far it looks back, by the day on which images came into Orthanc.'),
  deletedColour: z
    .enum(['report', 'restore'])
    .default('report')
    .describe('Colour that was deleted in Orthanc by hand: only reported, or stored again.'),
  relabelled: z
    .enum(['report', 'redo'])
    .default('report')
    .describe(
      'Colour whose patient or study data are not those of its original any more: only reported, or replaced.',
    ),
});
