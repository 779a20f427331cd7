import type { Looks } from '../../src/ports/looks.js';
import type { ModelDesk } from '../../src/ports/model-desk.js';
import type { TaskRequest, Tasks, TaskState } from '../../src/ports/tasks.js';
import { pino } from 'pino';
import { FakeRulesDesk } from './fake-rules-desk.js';
import { PNG } from 'pngjs';
import { verifyTrail } from '../../src/adapters/audit-chain.js';
import { MemoryAccounts } from '../../src/adapters/memory/memory-accounts.js';
import { MemoryAudit } from '../../src/adapters/memory/memory-audit.js';
import { ColouriseError } from '../../src/domain/errors.js';
import type { Rehearsal } from '../../src/domain/rehearsal.js';
import { matches, workByHour } from '../../src/adapters/memory/memory-rows.js';
import { dailyBalance } from '../../src/pipeline/daily-balance.js';
import {
  createIdentity,
  type Identity,
  type IdentityOptions,
} from '../../src/identity/identity.js';
import { createPasswords } from '../../src/identity/passwords.js';
import type { ProviderDesk } from '../../src/http/provider-session.js';
import type { ShownSetting } from '../../src/http/shown-settings.js';
import type { ServiceStatus } from '../../src/http/api.js';
import {
  createApp,
  listen,
  type AppOptions,
  type HttpDependencies,
  type RehearsalRequest,
  type TriggerRequest,
} from '../../src/http/server.js';
import type { ForwardFilter } from '../../src/ports/forwarding.js';
import type { FoundStudy, PatientIndex } from '../../src/ports/patients.js';
import type {
  Balance,
  EndedSweep,
  ImageFilter,
  ImageRow,
  KeptDecision,
  LedgerReader,
} from '../../src/ports/ledger.js';

/** Drawn once for all tests. */
const pictures = new Map<string, Uint8Array>();

/** A service in memory behind the real HTTP side. Change `rows` or `status`, then call `change`. */
export class FakeService implements HttpDependencies {
  rows: ImageRow[];
  state: Partial<ServiceStatus> = {};
  swept: EndedSweep | undefined;
  woken = 0;
  asked = 0;
  readonly decisions = new Map<string, KeptDecision>();
  readonly triggered: TriggerRequest[] = [];
  readonly listeners = new Set<() => void>();

  constructor(rows: readonly ImageRow[] = []) {
    this.rows = [...rows];
  }

  readonly ledger: LedgerReader = {
    balance: () => this.balance(),
    images: (filter) => this.images(filter),
    image: (id) => this.rows.find((row) => row.id === id),
    decision: (id) => this.decisions.get(id),
    hours: (since) => workByHour(asImages(this.rows), since),
    rules: () => [...new Set(this.rows.map(({ rule }) => rule))].sort(),
    measured: () => [],
    oldestWaiting: () => undefined,
    lastSweep: () => this.swept,
    reopen: (id) => this.reopen(id),
  };

  /** No models, unless a test sets others. */
  models: ModelDesk = {
    known: () => [],
    card: () => Promise.resolve(''),
    figures: () => Promise.resolve(undefined),
    pictures: () => Promise.resolve([]),
    picture: () => Promise.resolve(undefined),
    activate: () => Promise.resolve(),
    deactivate: () => Promise.resolve(),
    shadow: () => Promise.resolve(),
    shadows: () => [],
    shadowRows: () => [],
  };

  /** No pictures, unless a test sets others. */
  looks: Looks = {
    inHand: 0,
    grey: () => Promise.resolve(undefined),
    colouring: () => Promise.resolve(undefined),
    png: () => Promise.resolve(undefined),
  };
  readonly rules = new FakeRulesDesk();

  readonly begun: TaskRequest[] = [];
  task: TaskState | undefined;
  readonly tasks: Tasks = {
    start: (request) => {
      if (this.task && this.task.outcome === undefined) return undefined;
      this.begun.push(request);
      const { kind, dryRun, askedBy } = request;
      this.task = { kind, dryRun, askedBy, startedAt: new Date(), done: 0, of: 7 };
      return this.task;
    },
    latest: () => this.task,
    cancel: () => {
      if (this.task) this.task = { ...this.task, outcome: 'cancelled', endedAt: new Date() };
      return Promise.resolve();
    },
  };

  readonly now = () => new Date();
  readonly audit = new MemoryAudit(this.now);
  readonly verifyAudit = () => verifyTrail(this.audit);
  readonly accounts = new MemoryAccounts();
  /** Cheap ones: no test here guesses passwords. */
  readonly passwords = createPasswords({ logN: 4, r: 8, p: 1 });
  provider?: ProviderDesk;
  identity = this.identify({});

  identify(options: Partial<IdentityOptions>): Identity {
    const usual = { openToMachine: true, idleMs: 3_600_000, longestMs: 43_200_000 };
    return createIdentity(this.accounts, this.passwords, { ...usual, ...options }, this.now);
  }

  settings(): readonly ShownSetting[] {
    return [
      { key: 'http.host', value: '127.0.0.1', secret: false, description: 'Interface.' },
      { key: 'http.token', value: 'set', secret: true, description: 'What callers must show.' },
    ];
  }

  readonly events = {
    subscribe: (listener: () => void) => {
      this.listeners.add(listener);
      return () => void this.listeners.delete(listener);
    },
  };

  change(): void {
    for (const listener of this.listeners) listener();
  }

  status(): Promise<ServiceStatus> {
    this.asked += 1;
    const daily = dailyBalance(this.ledger, new Date());
    return Promise.resolve({ ...healthy, balance: this.balance(), daily, ...this.state });
  }

  metrics() {
    return Promise.resolve({ contentType: 'text/plain', text: 'colouriser_up 1\n' });
  }

  wake(): void {
    this.woken += 1;
  }

  /** What `rehearse` answers; a test may set it. */
  rehearsal: (request: RehearsalRequest) => Promise<Rehearsal> = () =>
    Promise.reject(new ColouriseError('CONFIG_INVALID', 'no rules'));

  rehearse(request: RehearsalRequest): Promise<Rehearsal> {
    return this.rehearsal(request);
  }

  trigger(request: TriggerRequest): Promise<{ queued: number }> {
    this.triggered.push(request);
    return Promise.resolve({ queued: 2 });
  }

  /** Everybody's studies, whatever is asked. */
  readonly patients: PatientIndex = {
    findStudies: (_terms, limit) =>
      Promise.resolve(this.rows.flatMap(({ source }) => studyOf(source)).slice(0, limit)),
    describePatient: () =>
      Promise.resolve({ PatientName: 'Phantom^Chest', PatientID: 'P1', StudyDate: '20260131' }),
  };

  readonly forwardsRetried: ForwardFilter[] = [];

  retryForwards(filter: ForwardFilter): number {
    this.forwardsRetried.push(filter);
    return 3;
  }

  preview(id: string, side: 'before' | 'after', width: number): Promise<Uint8Array | undefined> {
    const row = this.rows.find((each) => each.id === id);
    if (!row || (side === 'after' && !row.output)) return Promise.resolve(undefined);
    const tint = side === 'before' ? 'none' : row.model === 'evidence' ? 'evidence' : 'all';
    const key = `${tint} ${width}`;
    const png = pictures.get(key) ?? drawChest(Math.min(width, 360), tint);
    pictures.set(key, png);
    return Promise.resolve(png);
  }

  orthancIds(): Promise<{ study: string; series: string }> {
    return Promise.resolve({ study: 'study-id', series: 'series-id' });
  }

  private balance(): Balance {
    const count = (...states: string[]) =>
      this.rows.filter(({ state }) => states.includes(state)).length;
    return {
      undecided: 0,
      pending: count('pending'),
      stored: count('stored'),
      skipped: count('skipped'),
      failed: count('failed'),
    };
  }

  private images({ before, limit, ...filter }: ImageFilter): ImageRow[] {
    const from = before === undefined ? 0 : this.rows.findIndex(({ id }) => id === before) + 1;
    return this.rows
      .slice(from)
      .filter((row) => matches(row, { ...filter, limit }))
      .slice(0, limit);
  }

  private reopen(id: string): boolean {
    const row = this.rows.find((each) => each.id === id);
    if (!row || (row.state !== 'failed' && row.state !== 'skipped')) return false;
    const reopened: ImageRow = { ...row, state: 'pending', attempts: 0, reason: '', timingsMs: {} };
    this.rows = this.rows.map((each) => (each === row ? reopened : each));
    return true;
  }
}

/** The real app before a fake service, on loopback; port 0 takes a free one. */
export async function serveFake(
  service: FakeService,
  {
    token,
    signIn = false,
    ...options
  }: Partial<AppOptions> & { readonly token?: string; readonly signIn?: boolean } = {},
  port = 0,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const host = '127.0.0.1';
  if (token !== undefined || signIn) {
    service.identity = service.identify({
      openToMachine: !signIn,
      ...(token !== undefined && { token }),
    });
  }
  const app = createApp(service, { logger: pino({ level: 'silent' }), ...options });
  return listen(app, { host, port });
}

const asImages = (rows: readonly ImageRow[]) =>
  rows.map((row) => {
    const { rule, rulesVersion, reason } = row;
    return { row, decision: { rule, rulesVersion, reason }, published: true, openings: 1 };
  });

const digest = '0123456789abcdef'.repeat(4);
const model = (name: string, kind: 'evidence' | 'ab', isDefault = false) => ({
  name,
  version: '1.0.0',
  title: kind === 'evidence' ? 'Evidence of opacity' : 'A tint',
  meaning: kind === 'evidence' ? 'Colour marks evidence of opacity.' : 'It means nothing.',
  sha256: digest,
  kind,
  licence: 'Apache-2.0',
  default: isDefault,
});

const healthy: Omit<ServiceStatus, 'daily'> = {
  version: '0.1.0',
  startedAt: new Date(Date.now() - 7_260_000),
  state: 'ready',
  reasons: [],
  destinations: [],
  orthanc: { url: 'http://127.0.0.1:8042', reachable: true, version: '1.10.1' },
  queue: { ready: 12, delayed: 1, inFlight: 1, dead: 0 },
  models: [
    model('evidence', 'evidence', true),
    model('autoencoder', 'ab'),
    model('unet-resnet18', 'ab'),
    model('unet-resnet34', 'ab'),
  ],
  provider: 'cpu',
  inference: { provider: 'cpu', runtime: 'onnxruntime-node', batch: 1, sessions: 2 },
  rules: { version: '4be1c09', file: '/etc/colouriser/rules.yaml' },
  balance: { undecided: 0, pending: 0, stored: 0, skipped: 0, failed: 0 },
};

type Kind = Pick<ImageRow, 'state' | 'reason' | 'rule' | 'summary'> & Partial<ImageRow>;

const chest = { Modality: 'DX', BodyPartExamined: 'CHEST', ViewPosition: 'PA' };
const portable = { Modality: 'CR', BodyPartExamined: 'CHEST', ViewPosition: 'AP' };
const evidence = { model: 'evidence', modelVersion: '1.0.0', palette: 'magenta' } as const;

/** What a day in a radiology department brings, in turns. */
const kinds: readonly Kind[] = [
  {
    state: 'stored',
    reason: '',
    rule: 'frontal-chest',
    summary: { ...chest, SeriesDescription: 'Thorax p.a.' },
    ...evidence,
    probability: 0.83,
  },
  {
    state: 'skipped',
    code: 'RULE',
    reason: 'not a frontal chest radiograph',
    rule: 'everything-else',
    summary: { Modality: 'DX', BodyPartExamined: 'HAND', SeriesDescription: 'Hand d.p. links' },
  },
  {
    state: 'stored',
    reason: '',
    rule: 'frontal-chest',
    summary: { ...portable, SeriesDescription: 'Thorax liegend, Intensivstation' },
    ...evidence,
    probability: 0.12,
  },
  {
    state: 'stored',
    reason: '',
    rule: 'tint-for-teaching',
    summary: { ...chest, SeriesDescription: 'Thorax p.a.' },
    model: 'unet-resnet34',
    modelVersion: '1.0.0',
  },
  {
    state: 'failed',
    code: 'CORRUPT_PIXEL_DATA',
    reason: 'The JPEG 2000 code stream ends in tile 3 of 12.',
    rule: 'frontal-chest',
    summary: portable,
    ...evidence,
  },
  {
    state: 'skipped',
    code: 'NO_LUNGS',
    reason: 'No lungs found: the body part says chest, the picture does not.',
    rule: 'frontal-chest',
    summary: { ...chest, SeriesDescription: 'Wirbelsaeule BWS' },
    ...evidence,
  },
];

/** Rows as the ledger gives them, newest first, always the same ones; the newest three still wait. */
export function fakeRows(count: number, now = Date.now()): ImageRow[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] as Kind;
    return index < 3 && count > 3 ? pendingRow(index, now) : settledRow(index, kind, now);
  });
}

function settledRow(index: number, kind: Kind, now: number): ImageRow {
  const base = baseRow(index, now);
  const stored = kind.state === 'stored';
  const timingsMs = stored
    ? {
        fetch: 212,
        decode: 148,
        window: 36,
        infer: 420,
        fuse: 61,
        encode: 24,
        store: 388,
        verify: 41,
      }
    : kind.state === 'failed'
      ? { fetch: 201, decode: 12 }
      : {};
  const spent = Object.values(timingsMs).reduce((sum, ms) => sum + ms, 30 + (index % 7) * 41);
  return {
    ...base,
    ...kind,
    attempts: kind.model === undefined ? 0 : 1,
    timingsMs,
    settledAt: new Date(base.arrivedAt.getTime() + spent),
    ...(stored && {
      output: {
        SeriesInstanceUID: `2.25.31415926535897932384626433832795${index}`,
        SOPInstanceUID: `2.25.27182818284590452353602874713526${index}`,
      },
    }),
  };
}

function pendingRow(index: number, now: number): ImageRow {
  const waits = index === 1;
  return {
    ...baseRow(index, now),
    state: 'pending',
    rule: 'frontal-chest',
    summary: chest,
    ...evidence,
    reason: waits ? 'Orthanc did not answer within 10 s.' : '',
    ...(waits && { code: 'PACS_UNAVAILABLE' }),
    attempts: waits ? 2 : 0,
    timingsMs: {},
  };
}

function baseRow(index: number, now: number) {
  const study = `1.2.276.0.7230010.3.1.2.8323329.${6904 + Math.floor(index / 2)}`;
  return {
    id: `job-${index}`,
    orthancId: `f0e1d2c3-b4a59687-78695a4b-3c2d1e0f-${String(index).padStart(8, '0')}`,
    source: {
      StudyInstanceUID: study,
      studyOrthancId: 'ffffffff-00112233-44556677-8899aabb-ccddeeff',
      SeriesInstanceUID: `${study}.1`,
      SOPInstanceUID: `${study}.1.${1_517_875_201 + index}`,
    },
    rulesVersion: '4be1c09',
    arrivedAt: new Date(now - 2000 - index * 47_000),
  };
}

/**
 * A drawing with the look of a chest radiograph, and a soft opacity in its right lower field.
 * `evidence` tints the opacity, `all` the whole picture.
 */
export function drawChest(width: number, tint: 'none' | 'evidence' | 'all'): Uint8Array {
  const height = Math.round(width * 1.18);
  const png = new PNG({ width, height });
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = [(column / width) * 2 - 1, (row / height) * 2 - 1];
      const [grey, opacity] = chestAt(x, y);
      const share = tint === 'none' ? 0 : tint === 'all' ? 0.35 : opacity;
      const [r, g, b] = tint === 'all' ? [14, -2, -26] : [20, -22, 34];
      const at = (row * width + column) * 4;
      png.data.set([grey + r * share, grey + g * share, grey + b * share, 255].map(clamp), at);
    }
  }
  return PNG.sync.write(png);
}

const clamp = (value: number) => Math.max(0, Math.min(255, value));
const bump = (x: number, y: number, rx: number, ry: number) => (x / rx) ** 2 + (y / ry) ** 2;
const soft = (distance: number, width: number) => 1 / (1 + Math.exp((distance - 1) / width));

/** Grey 0..255 and the share of opacity at a place in [-1, 1]². */
function chestAt(x: number, y: number): [number, number] {
  const body = soft(bump(x, y - 0.35, 0.98, 1.5), 0.05);
  const lungs = Math.max(
    soft(bump(x + 0.43 + y * 0.05, y + 0.02, 0.33, 0.68), 0.09),
    soft(bump(x - 0.44 - y * 0.05, y + 0.02, 0.32, 0.66), 0.09),
  );
  const heart = soft(bump(x - 0.13, y - 0.34, 0.31, 0.36), 0.12);
  const spine = Math.exp(-((x / 0.1) ** 2));
  const ribs = Math.sin((y + 0.32 * Math.abs(x) ** 1.6) * 24) * 0.5 + 0.5;
  const opacity = soft(bump(x + 0.46, y - 0.3, 0.2, 0.17), 0.22);
  const aerated = lungs * (1 - heart * 0.85);
  const grain = (Math.sin(x * 911.7 + y * 3571.3) * 43758.5) % 1;
  const grey =
    body * (168 - aerated * 128 + ribs ** 3 * 20 * lungs + spine * 30 + opacity * 62) + grain * 3;
  return [grey, opacity * aerated];
}

function studyOf(source: ImageRow['source']): readonly FoundStudy[] {
  const { StudyInstanceUID, studyOrthancId } = source ?? {};
  if (StudyInstanceUID === undefined || studyOrthancId === undefined) return [];
  return [{ StudyInstanceUID, studyOrthancId }];
}
