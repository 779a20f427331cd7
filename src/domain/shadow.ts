/** What two models make of the same pictures, one of whose colour is stored and the other's is not. */
import type { ModelVersion } from './job.js';

/** The model whose colour is stored, and the one in its shadow. */
export interface ShadowPair {
  readonly stored: ModelVersion;
  readonly shadow: ModelVersion;
}

/** How much colour a model gives a picture. Chroma is that of evidence or a*b* at the rule's strength. */
export interface ChromaFigures {
  /** Absent where the model gives none. */
  readonly probability?: number;
  /** Share of the picture that is visibly coloured, C* of at least `visibleChroma`; [0, 1]. */
  readonly colouredShare: number;
  /** Mean C* of the picture: the energy of its chroma over its area. */
  readonly meanChroma: number;
  readonly maxChroma: number;
}

/** C* from which colour is counted as seen. */
export const visibleChroma = 5;

export interface ShadowFigures {
  readonly stored: ChromaFigures;
  readonly shadow: ChromaFigures;
  /** Overlap of the coloured areas, [0, 1]; 1 where neither has any. */
  readonly dice: number;
  /** Intersection over union of the coloured areas, [0, 1]; 1 where neither has any. */
  readonly iou: number;
  /** Mean |ΔC*| over the picture. */
  readonly deltaChroma: number;
}

/** What one picture came to in the shadow. */
export type ShadowResult = ShadowPair & {
  readonly jobId: string;
  /** From the beginning of the inference to its answer, ms. */
  readonly inferMs: number;
} & ({ readonly figures: ShadowFigures } | { readonly code: string });

/** A result as the ledger keeps it. */
export type ShadowRow = ShadowResult & { readonly at: Date };

/** Quantiles of what was measured. */
export interface Spread {
  readonly mean: number;
  readonly least: number;
  readonly quartile1: number;
  readonly median: number;
  readonly quartile3: number;
  readonly greatest: number;
}

/** How a pair compares, over the rows that are kept. */
export interface ShadowSummary extends ShadowPair {
  /** Pictures that were compared. */
  readonly compared: number;
  /** Pictures that the shadow could not colour, by code. */
  readonly faults: Readonly<Record<string, number>>;
  readonly since?: Date;
  readonly until?: Date;
  /** Whether a picture takes visible colour at all. */
  readonly coloured: {
    readonly both: number;
    readonly storedOnly: number;
    readonly shadowOnly: number;
    readonly neither: number;
  };
  /** Share of pictures on which both say the same about colour at all; absent before the first. */
  readonly agreement?: number;
  /** Of pictures that at least one of them colours: how many lie in each tenth of the Dice overlap, 0-0.1 first. */
  readonly diceTenths: readonly number[];
  /** Absent where nothing was compared, or neither coloured. */
  readonly dice?: Spread;
  readonly iou?: Spread;
  /** Of all pictures. */
  readonly deltaChroma?: Spread;
  /** Shadow minus stored, of pictures for which both give one. */
  readonly probabilityChange?: Spread;
  readonly inferMs?: Spread;
}

type Compared = Extract<ShadowRow, { readonly figures: ShadowFigures }>;

/** Counts and distributions of one pair. Rows in any order. */
export function summariseShadow(pair: ShadowPair, rows: readonly ShadowRow[]): ShadowSummary {
  const compared = rows.filter((row): row is Compared => 'figures' in row);
  const coloured = { both: 0, storedOnly: 0, shadowOnly: 0, neither: 0 };
  for (const { figures } of compared) coloured[agreementOf(figures)] += 1;
  const seen = compared
    .map(({ figures }) => figures)
    .filter((figures) => agreementOf(figures) !== 'neither');
  const diceTenths = new Array<number>(10).fill(0);
  for (const { dice } of seen) {
    const tenth = Math.min(9, Math.floor(dice * 10));
    diceTenths[tenth] = (diceTenths[tenth] ?? 0) + 1;
  }
  const times = rows.map(({ at }) => at.getTime());
  return {
    ...pair,
    compared: compared.length,
    faults: faultsOf(rows),
    ...(times.length === 0
      ? {}
      : { since: new Date(Math.min(...times)), until: new Date(Math.max(...times)) }),
    coloured,
    ...(compared.length === 0
      ? {}
      : { agreement: (coloured.both + coloured.neither) / compared.length }),
    diceTenths,
    ...spread(
      'dice',
      seen.map(({ dice }) => dice),
    ),
    ...spread(
      'iou',
      seen.map(({ iou }) => iou),
    ),
    ...spread(
      'deltaChroma',
      compared.map(({ figures }) => figures.deltaChroma),
    ),
    ...spread('probabilityChange', compared.flatMap(probabilityChange)),
    ...spread(
      'inferMs',
      compared.map(({ inferMs }) => inferMs),
    ),
  };
}

function agreementOf({ stored, shadow }: ShadowFigures): keyof ShadowSummary['coloured'] {
  if (stored.colouredShare > 0) return shadow.colouredShare > 0 ? 'both' : 'storedOnly';
  return shadow.colouredShare > 0 ? 'shadowOnly' : 'neither';
}

function probabilityChange({ figures: { stored, shadow } }: Compared): readonly number[] {
  if (stored.probability === undefined || shadow.probability === undefined) return [];
  return [shadow.probability - stored.probability];
}

function faultsOf(rows: readonly ShadowRow[]): Readonly<Record<string, number>> {
  const faults: Record<string, number> = {};
  for (const row of rows) {
    if ('code' in row) faults[row.code] = (faults[row.code] ?? 0) + 1;
  }
  return faults;
}

function spread<K extends string>(
  name: K,
  values: readonly number[],
): Partial<Readonly<Record<K, Spread>>> {
  const sorted = values.toSorted((one, other) => one - other);
  const [least] = sorted;
  if (least === undefined) return {};
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? least;
  const spreadOf: Spread = {
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    least,
    quartile1: at(0.25),
    median: at(0.5),
    quartile3: at(0.75),
    greatest: at(1),
  };
  return { [name]: spreadOf } as Partial<Readonly<Record<K, Spread>>>;
}

/** What waits in the shadow, and what was spent there lately. */
export interface ShadowLoad {
  /** Pictures that wait for the shadow. */
  readonly waiting: number;
  /** Pictures that were taken within the last minute. */
  readonly takenLately: number;
}

export interface ShadowBudget {
  /** Pictures that may wait, each with its grey pixels in memory. */
  readonly mostWaiting: number;
  /** Pictures in a minute; 0 turns shadows off. */
  readonly perMinute: number;
}

/** Whether one more picture goes through the shadow; a picture that does not is left out for good. */
export function admitsShadow(load: ShadowLoad, budget: ShadowBudget): boolean {
  return load.waiting < budget.mostWaiting && load.takenLately < budget.perMinute;
}
