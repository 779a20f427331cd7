import { z } from 'zod';
import { isTimeZone } from '../domain/calendar.js';
import { batchOf } from '../domain/capacity.js';
import type { SchemaNode } from './json-schema.js';

/** Annotations that the JSON Schema, the documentation and the faults share. */
const ms = { unit: 'ms' } as const;
const secret = { secret: true } as const;

const text = (expected: string) => z.string().min(1).meta({ expected });

function whole(min: number, max: number, fallback: number) {
  return z.int().min(min).max(max).default(fallback);
}

/** A check of options against each other, made also where others of their section are at fault. */
function related(key: string) {
  const when = ({ value }: { value: unknown }) => typeof value === 'object' && value !== null;
  return { path: [key], when };
}

const httpUrl = z.url({ protocol: /^https?$/ }).meta({ expected: 'an address: http://host:port' });

const orthanc = z
  .strictObject({
    url: httpUrl
      .refine((url) => !hasCredentials(url), 'no user or password in it: use username and password')
      .default('http://127.0.0.1:8042')
      .describe("Address of Orthanc's REST API, without the DICOMweb root."),
    dicomWebRoot: z
      .string()
      .regex(/^\/.*[^/]?\/?$/)
      .default('/dicom-web/')
      .meta({ expected: 'a path: /dicom-web/' })
      .describe('Where the DICOMweb plugin answers: its `Root`.'),
    username: text('text')
      .optional()
      .describe(
        'A user of Orthanc who may read and store, and delete for `withdraw`; none if left out.',
      ),
    password: text('text in quotes').optional().meta(secret).describe("That user's password."),
    caFile: text('a path')
      .optional()
      .describe(
        'PEM file of the authority behind an `https` address that the system does not know.',
      ),
    timeoutMs: whole(1000, 600_000, 60_000)
      .meta(ms)
      .describe('How long one request may take; a busy archive answers in tens of seconds.'),
  })
  .refine(({ username, password }) => username === undefined || password !== undefined, {
    ...related('password'),
    error: 'a password, as orthanc.username is given',
  })
  .refine(({ username, password }) => password === undefined || username !== undefined, {
    ...related('username'),
    error: 'a username, as orthanc.password is given',
  });

const http = z
  .strictObject({
    host: text('a host name or address')
      .default('127.0.0.1')
      .describe('Interface on which the page and the API answer; `0.0.0.0` for all.'),
    port: whole(0, 65_535, 8044).describe('Port of the page and the API; 0 takes a free one.'),
    token: z
      .string()
      .min(16)
      .max(512)
      .optional()
      .meta({ ...secret, expected: 'text of 16 to 512 characters in quotes' })
      .describe('What callers must show; required where `http.host` is not loopback.'),
    publicUrl: httpUrl
      .optional()
      .describe('Address under which browsers reach the page, when a proxy stands in front.'),
  })
  .refine(({ host, token }) => token !== undefined || isLoopback(host), {
    ...related('token'),
    error: 'a token of at least 16 characters, as http.host is not loopback',
  });

const monitor = z
  .strictObject({
    host: text('a host name or address')
      .default('127.0.0.1')
      .describe('Interface on which `work` tells how it is.'),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe(
        'Port of `/healthz`, `/readyz` and `/metrics` of `work`; 0 takes a free one, none if left out.',
      ),
    token: z
      .string()
      .min(16)
      .max(512)
      .optional()
      .meta({ ...secret, expected: 'text of 16 to 512 characters in quotes' })
      .describe('What a scrape must show; required where `monitor.host` is not loopback.'),
  })
  .refine(
    ({ host, port, token }) => port === undefined || token !== undefined || isLoopback(host),
    {
      ...related('token'),
      error: 'a token of at least 16 characters, as monitor.host is not loopback',
    },
  );

const data = z.strictObject({
  folder: text('a path')
    .default('var')
    .describe('Folder of the ledger, which must survive restarts.'),
});

const rules = z.strictObject({
  file: text('a path')
    .optional()
    .describe(
      'Rules that decide which images are coloured; `config/rules.yaml` of the package if left out.',
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

const models = z.strictObject({
  folder: text('a path')
    .optional()
    .describe('Folder with one folder for each model; `models` of the package if left out.'),
  default: text('the name of a model')
    .default('evidence')
    .describe('Model of rules that name none.'),
});

const inference = z
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

const workers = z.strictObject({
  concurrency: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'Images in work at once, each with its pixels in memory: left out, what the networks take at once, and what is read and drawn meanwhile.',
    ),
});

const queue = z
  .strictObject({
    kind: z
      .enum(['embedded', 'rabbitmq'])
      .default('embedded')
      .describe(
        '`embedded` lives in the ledger and needs nothing; `rabbitmq` feeds workers on other machines.',
      ),
    url: z
      .url({ protocol: /^amqps?$/ })
      .optional()
      .meta({ ...secret, expected: 'an address: amqp://user:password@host:5672' })
      .describe('Address of RabbitMQ, with its user and password.'),
    caFile: text('a path')
      .optional()
      .describe(
        'PEM file of the authority behind an `amqps` address that the system does not know.',
      ),
    maxAttempts: whole(1, 100, 5).describe('Attempts at one job before it becomes a dead letter.'),
    retryBaseMs: whole(10, 600_000, 1000)
      .meta(ms)
      .describe('Pause after the first failed attempt; it doubles each time.'),
    retryMaxMs: whole(10, 86_400_000, 300_000)
      .meta(ms)
      .describe('Longest pause between two attempts.'),
  })
  .refine(({ kind, url }) => kind === 'embedded' || url !== undefined, {
    ...related('url'),
    error: 'an address: amqp://user:password@host:5672, as queue.kind is not embedded',
  })
  .refine(({ retryBaseMs, retryMaxMs }) => !(retryMaxMs < retryBaseMs), {
    ...related('retryMaxMs'),
    error: 'no less than queue.retryBaseMs',
  });

const intake = z.strictObject({
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

const limits = z.strictObject({
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

const log = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severity that is written.'),
});

const traces = z.strictObject({
  endpoint: httpUrl
    .optional()
    .describe(
      'Address of an OpenTelemetry collector (OTLP over HTTP), without `/v1/traces`; no traces if left out.',
    ),
  token: text('text in quotes')
    .optional()
    .meta(secret)
    .describe('What the collector wants to see, sent as Bearer.'),
  sampleRatio: z.number().min(0).max(1).default(1).describe('Share of images whose trace is sent.'),
});

const retention = z.strictObject({
  days: whole(0, 36_500, 365)
    .meta({ unit: 'days' })
    .describe('How long settled rows stay in the ledger; 0 keeps them for ever.'),
});

const sweep = z.strictObject({
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

const sections = {
  orthanc: orthanc.prefault({}).describe('The archive.'),
  http: http.prefault({}).describe('The page and the API.'),
  monitor: monitor.prefault({}).describe('Health and metrics of `work`.'),
  data: data.prefault({}).describe('What the service keeps.'),
  rules: rules.prefault({}).describe('Which images are coloured.'),
  models: models.prefault({}).describe('The networks.'),
  inference: inference.prefault({}).describe('Where the networks run.'),
  workers: workers.prefault({}).describe('How much is done at once.'),
  queue: queue.prefault({}).describe('How work waits.'),
  intake: intake.prefault({}).describe('How arrivals are noticed.'),
  limits: limits.prefault({}).describe('What is refused, so that one file cannot stop the rest.'),
  log: log.prefault({}).describe('What is written to standard output.'),
  traces: traces.prefault({}).describe('The way of single images, for OpenTelemetry.'),
  retention: retention.prefault({}).describe('What is forgotten.'),
  sweep: sweep.prefault({}).describe('How the archive is compared with the ledger.'),
};

/** Every option with its unit, default, range and a sentence why. */
export const settingsSchema = z
  .strictObject(sections)
  .refine(
    ({ inference: { provider, batch }, workers: { concurrency } }) => {
      return concurrency === undefined || !(concurrency < batchOf({ provider, batch }));
    },
    {
      path: ['workers', 'concurrency'],
      error: 'no less than inference.batch (4 on a GPU if left out), as no batch would be full',
    },
  )
  .meta({ title: 'Settings of orthanc-colouriser' });

/** Paths as written in the file; `loadSettings` makes them absolute. */
export type WrittenSettings = z.output<typeof settingsSchema>;

export const settingsJsonSchema = z.toJSONSchema(settingsSchema, {
  target: 'draft-7',
  io: 'input',
}) as SchemaNode;

/** One option, as the documentation and the environment see it. */
export interface Option {
  /** `orthanc.timeoutMs` */
  readonly key: string;
  readonly path: readonly [string, string];
  /** `COLOURISER_ORTHANC_TIMEOUT_MS` */
  readonly variable: string;
  readonly node: SchemaNode;
}

export const options: readonly Option[] = Object.entries(
  settingsJsonSchema.properties ?? {},
).flatMap(([section, { properties = {} }]) =>
  Object.entries(properties).map(([name, node]) => ({
    key: `${section}.${name}`,
    path: [section, name] as const,
    variable: `COLOURISER_${section}_${name.replaceAll(/[A-Z]/g, '_$&')}`.toUpperCase(),
    node,
  })),
);

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
