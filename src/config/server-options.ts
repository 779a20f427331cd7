/** Whom the service talks to, and who may talk to it. */
import { z } from 'zod';
import { httpUrl, ms, related, secret, text, whole } from './option-kinds.js';

export const orthanc = z
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

export const http = z
  .strictObject({
    host: text('a host name or address')
      .default('127.0.0.1')
      .describe('Interface on which the console and the API answer; `0.0.0.0` for all.'),
    port: whole(0, 65_535, 8044).describe('Port of the console and the API; 0 takes a free one.'),
    token: z
      .string()
      .min(16)
      .max(512)
      .optional()
      .meta({ ...secret, expected: 'text of 16 to 512 characters in quotes' })
      .describe("What an administrator's program may show; users sign in without it."),
    publicUrl: httpUrl
      .optional()
      .describe('Address under which browsers reach the console, when a proxy stands in front.'),
    signIn: z
      .enum(['auto', 'required'])
      .default('auto')
      .describe(
        '`auto`: on loopback, without users and token, whoever uses this machine is admin; `required`: never.',
      ),
    sessionIdleMinutes: whole(5, 1440, 60)
      .meta({ unit: 'minutes' })
      .describe('A browser that asks for nothing in this time is signed out.'),
    sessionHours: whole(1, 168, 12)
      .meta({ unit: 'hours' })
      .describe('After this time a browser is signed out, whatever it does.'),
    trustedProxies: whole(0, 5, 0).describe(
      'So many proxies in front, whose `X-Forwarded-For` says where a request comes from.',
    ),
    tlsCertFile: text('a path')
      .optional()
      .describe(
        'PEM file of a certificate and its chain; with `tlsKeyFile` the service speaks TLS itself.',
      ),
    tlsKeyFile: text('a path').optional().describe('PEM file of the key of that certificate.'),
  })
  .refine(
    ({ tlsCertFile, tlsKeyFile }) => (tlsCertFile === undefined) === (tlsKeyFile === undefined),
    {
      ...related('tlsKeyFile'),
      error: 'both http.tlsCertFile and http.tlsKeyFile, or neither',
    },
  );

/** Addresses as browsers reach them, for links; the service itself never asks them. */
export const viewers = z.strictObject({
  orthancUrl: httpUrl
    .optional()
    .describe("Orthanc's own pages, where they are not at `orthanc.url` for browsers."),
  ohifUrl: httpUrl
    .optional()
    .meta({ expected: 'an address: http://host:port/ohif' })
    .describe('OHIF, up to the part before `/viewer`; no links to it if left out.'),
  stoneUrl: httpUrl
    .optional()
    .meta({ expected: 'an address: http://host:port/stone-webviewer' })
    .describe(
      'The Stone Web viewer, up to the part before `/index.html`; no links to it if left out.',
    ),
});

const groups = () => text('values with commas between them').optional();

export const oidc = z
  .strictObject({
    issuer: httpUrl
      .optional()
      .describe(
        'Address of a provider of OpenID Connect, where people may sign in; none if left out.',
      ),
    clientId: text('a name').optional().describe('How the provider knows this service.'),
    clientSecret: text('text in quotes')
      .optional()
      .meta(secret)
      .describe('What the provider wants to see; left out for a public client.'),
    name: text('a name')
      .default('your organisation')
      .describe("What the console says behind 'Sign in with'."),
    scope: text('words').default('openid profile').describe('What is asked of the provider.'),
    nameClaim: text('a claim')
      .default('preferred_username')
      .describe('Claim that names a person in the audit.'),
    roleClaim: text('a claim').default('groups').describe('Claim whose values stand for roles.'),
    admins: groups().describe('Values of that claim that make an administrator.'),
    operators: groups().describe('Values that make an operator.'),
    viewers: groups().describe('Values that make a viewer; whoever has none is refused.'),
  })
  .refine(({ issuer, clientId }) => issuer === undefined || clientId !== undefined, {
    ...related('clientId'),
    error: 'a name, as oidc.issuer is given',
  })
  .refine(({ issuer }) => issuer === undefined || !isPlainAndDistant(issuer), {
    ...related('issuer'),
    error: 'an address with https, as it is not on this machine',
  });

export const syslog = z.strictObject({
  host: text('a host name or address')
    .optional()
    .describe('Receiver of the audit as DICOM Audit Messages over syslog; none if left out.'),
  port: whole(1, 65_535, 6514).describe('Its port: usually 6514 for TLS, 514 or 601 for others.'),
  transport: z
    .enum(['udp', 'tcp', 'tls'])
    .default('tls')
    .describe('`udp` loses lines without telling; `tcp` and `tls` count octets.'),
  caFile: text('a path')
    .optional()
    .describe('PEM file of the authority behind the receiver that the system does not know.'),
  sourceId: text('a name')
    .default('colouriser')
    .describe('How this installation calls itself in the messages (AuditSourceID).'),
});

export const monitor = z
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

export const queue = z
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

export const traces = z.strictObject({
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

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

function isPlainAndDistant(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !isLoopback(hostname);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
