/** What a seed means: who sends what when, and what is broken meanwhile. Pure, so that a seed can be replayed. */
import { randomFor, type Random } from '../../src/phantom/random.js';

export const servers = ['orthanc', 'rabbitmq'] as const;
export const workers = ['work-1', 'work-2'] as const;
export const ours = ['serve', ...workers] as const;
export type ServerName = (typeof servers)[number];
export type OurName = (typeof ours)[number];
export type ActorName = ServerName | OurName;
export type LinkName = `${OurName} to ${ServerName}`;

export const actors: readonly ActorName[] = [...ours, ...servers];
export const links: readonly LinkName[] = ours.flatMap((from) =>
  servers.map((to): LinkName => `${from} to ${to}`),
);

export const faultKinds = [
  'kill', // SIGKILL, and started again
  'pause', // SIGSTOP, then SIGCONT
  'restart', // SIGTERM, and started again
  'refuse', // no connection
  'delay', // every piece is late
  'half-open', // connections stand and nothing comes through
  'reset', // in the middle of a body
  'answer', // Orthanc answers with 500, 503 or 507
  'disk-full', // of Orthanc, of the ledger; at RabbitMQ its alarm
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface PlannedFault {
  readonly kind: FaultKind;
  readonly target: string;
  readonly atMs: number;
  readonly forMs: number;
  /** Of a delay in ms, of a reset in bytes, of an answer its status. */
  readonly size: number;
}

/** What its sender does with a study. */
export type Fate = 'once' | 'twice' | 'deleted' | 'deleted and sent again';

export interface PlannedStudy {
  readonly number: number;
  readonly sort: 'chest' | 'other' | 'broken';
  readonly fate: Fate;
  readonly atMs: number;
  /** From its arrival to the second sending or the deletion. */
  readonly thenMs: number;
}

export interface Plan {
  readonly seed: number;
  readonly studies: readonly PlannedStudy[];
  readonly faults: readonly PlannedFault[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly studies: number;
  readonly kinds?: readonly FaultKind[];
  /** Mean pause between two studies, ms. */
  readonly studyEveryMs?: number;
  /** Mean pause between two faults, ms. */
  readonly faultEveryMs?: number;
  /** Longest fault, ms. */
  readonly longestMs?: number;
}

export function makePlan(options: PlanOptions): Plan {
  const { seed, studies: count, kinds = faultKinds } = options;
  const { studyEveryMs = 350, faultEveryMs = 3_000, longestMs = 9_000 } = options;
  const studies = plannedStudies(randomFor(seed, 'studies'), count, studyEveryMs);
  const random = randomFor(seed, 'faults');
  const endMs = studies.at(-1)?.atMs ?? 0;
  const cards = deck(kinds);
  const faults: PlannedFault[] = [];
  let drawn: Card[] = [];
  for (let atMs = 1_000; atMs < endMs; atMs += random.between(0.4, 1.6) * faultEveryMs) {
    if (drawn.length === 0) drawn = shuffled(cards, random);
    const card = drawn.pop();
    if (card === undefined) break;
    faults.push({
      ...card,
      atMs: Math.round(atMs),
      forMs: Math.round(random.between(300, longestMs)),
      size: sizeOf(card.kind, random),
    });
  }
  return { seed, studies, faults };
}

function plannedStudies(random: Random, count: number, everyMs: number): readonly PlannedStudy[] {
  let atMs = 0;
  return Array.from({ length: count }, (_, number) => {
    atMs += random.between(0.2, 1.8) * everyMs;
    const [sort, fate] = [random.between(0, 1), random.between(0, 1)];
    return {
      number,
      sort: sort < 0.75 ? 'chest' : sort < 0.93 ? 'other' : 'broken',
      fate: fateOf(fate),
      atMs: Math.round(atMs),
      thenMs: Math.round(random.between(50, 6_000)),
    };
  });
}

function fateOf(share: number): Fate {
  if (share < 0.78) return 'once';
  if (share < 0.88) return 'twice';
  return share < 0.94 ? 'deleted' : 'deleted and sent again';
}

type Card = Pick<PlannedFault, 'kind' | 'target'>;

/** Each fault at each of its targets; all are drawn before any comes again. */
function deck(kinds: readonly FaultKind[]): readonly Card[] {
  return kinds.flatMap((kind) => targetsOf(kind).map((target) => ({ kind, target })));
}

export function targetsOf(kind: FaultKind): readonly string[] {
  switch (kind) {
    case 'kill':
    case 'pause':
    case 'restart':
      return actors;
    case 'refuse':
    case 'delay':
    case 'half-open':
    case 'reset':
      return links;
    case 'answer':
      return ['orthanc', 'orthanc', 'orthanc'];
    case 'disk-full':
      return ['orthanc', 'serve', 'rabbitmq'];
    default:
      return kind satisfies never;
  }
}

function sizeOf(kind: FaultKind, random: Random): number {
  const status = [500, 503, 507][random.word() % 3] ?? 503;
  const [bytes, ms] = [random.between(200, 300_000), random.between(100, 1_500)];
  return kind === 'answer' ? status : Math.round(kind === 'reset' ? bytes : ms);
}

function shuffled<T>(cards: readonly T[], random: Random): T[] {
  return cards
    .map((card) => ({ card, place: random.word() }))
    .sort((one, other) => one.place - other.place)
    .map(({ card }) => card);
}

/** One line a fault. */
export function describeFault({ kind, target, atMs, forMs, size }: PlannedFault): string {
  const sized = ['delay', 'reset', 'answer'].includes(kind) ? ` (${size})` : '';
  return `${(atMs / 1000).toFixed(1)} s: ${kind}${sized} ${target}, ${(forMs / 1000).toFixed(1)} s`;
}
