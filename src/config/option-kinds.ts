import { z } from 'zod';

/** Annotations that the JSON Schema, the documentation and the faults share. */
export const ms = { unit: 'ms' } as const;
export const secret = { secret: true } as const;

export const text = (expected: string) => z.string().min(1).meta({ expected });

export function whole(min: number, max: number, fallback: number) {
  return z.int().min(min).max(max).default(fallback);
}

/** A check of options against each other, made also where others of their section are at fault. */
export function related(key: string) {
  const when = ({ value }: { value: unknown }) => typeof value === 'object' && value !== null;
  return { path: [key], when };
}

export const httpUrl = z
  .url({ protocol: /^https?$/ })
  .meta({ expected: 'an address: http://host:port' });
