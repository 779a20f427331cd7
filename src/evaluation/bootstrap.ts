import { randomFor } from '../phantom/random.js';
import { quantile } from './statistics.js';

/** A figure with its 95 % interval; no interval where one patient alone was measured. */
export interface Estimate {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** Films behind it. */
  readonly films: number;
}

export interface OfPatient {
  readonly patient: string;
}

export const replicates = 1000;
const seed = 20240501;

/**
 * Percentile interval over patients drawn with replacement: films of one patient go together.
 * Equal samples give equal intervals on every machine.
 */
export function bootstrap<T extends OfPatient>(
  sample: readonly T[],
  statistic: (drawn: readonly T[]) => number,
): Estimate {
  const patients = byPatient(sample);
  const value = statistic(sample);
  if (patients.length < 2 || Number.isNaN(value)) return { value, films: sample.length };
  const random = randomFor(seed, 'bootstrap');
  const values = Array.from({ length: replicates }, () =>
    statistic(
      Array.from(
        { length: patients.length },
        () => patients[Math.floor(random.between(0, patients.length))]!,
      ).flat(),
    ),
  ).filter((each) => !Number.isNaN(each));
  return {
    value,
    low: quantile(values, 0.025),
    high: quantile(values, 0.975),
    films: sample.length,
  };
}

function byPatient<T extends OfPatient>(sample: readonly T[]): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const each of sample) {
    const group = groups.get(each.patient);
    if (group) group.push(each);
    else groups.set(each.patient, [each]);
  }
  return [...groups.values()];
}
