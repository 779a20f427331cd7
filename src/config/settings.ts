import { z } from 'zod';
import { batchOf } from '../domain/capacity.js';
import { forward } from './forward-options.js';
import type { SchemaNode } from './json-schema.js';
import { notify } from './notify-options.js';
import { http, monitor, oidc, orthanc, queue, syslog, traces, viewers } from './server-options.js';
import {
  data,
  inference,
  intake,
  limits,
  log,
  models,
  retention,
  rules,
  sweep,
  workers,
} from './work-options.js';

const sections = {
  orthanc: orthanc.prefault({}).describe('The archive.'),
  http: http.prefault({}).describe('The page and the API.'),
  viewers: viewers.prefault({}).describe('Where browsers find the viewers.'),
  oidc: oidc.prefault({}).describe('Signing in elsewhere.'),
  syslog: syslog.prefault({}).describe('Where the audit is told as well.'),
  monitor: monitor.prefault({}).describe('Health and metrics of `work`.'),
  data: data.prefault({}).describe('What the service keeps.'),
  rules: rules.prefault({}).describe('Which images are coloured.'),
  models: models.prefault({}).describe('The networks.'),
  inference: inference.prefault({}).describe('Where the networks run.'),
  workers: workers.prefault({}).describe('How much is done at once.'),
  queue: queue.prefault({}).describe('How work waits.'),
  forward: forward.prefault({}).describe('Where colour series go on to.'),
  notify: notify.prefault({}).describe('Whom troubles are told.'),
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
