import { useMemo } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter-preact';
import type { State } from './words.js';

/** What the list shows. Days are those of the clock on the wall, the last one included. */
export interface Filter {
  readonly state?: State;
  readonly rule?: string;
  readonly model?: string;
  readonly from?: string;
  readonly to?: string;
  readonly uid?: string;
}

const keys = ['state', 'rule', 'model', 'from', 'to', 'uid'] as const;

/** Stands in the address, so that a list can be sent to a colleague and the first page can link to one. */
export function useFilter(): readonly [
  Filter,
  (change: { [Key in keyof Filter]: Filter[Key] | undefined }) => void,
] {
  const search = useSearch();
  const [address, navigate] = useLocation();
  const filter = useMemo(() => filterOf(search), [search]);
  return [
    filter,
    (change) => {
      const query = searchOf({ ...filter, ...change } as Filter);
      navigate(`${address}${query}`, { replace: true });
    },
  ];
}

function filterOf(search: string): Filter {
  const given = new URLSearchParams(search);
  const entries = keys.flatMap((key) => {
    const value = given.get(key);
    return value === null || value === '' ? [] : [[key, value]];
  });
  return Object.fromEntries(entries) as Filter;
}

/** With its question mark; empty where nothing is filtered. */
export function searchOf(filter: Filter): string {
  const entries = keys.flatMap((key) => {
    const value = filter[key];
    return value === undefined || value === '' ? [] : [[key, value]];
  });
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}

export const isFiltered = (filter: Filter): boolean => searchOf(filter) !== '';

/** As the API asks for it. */
export function queryOf({ from, to, uid, ...rest }: Filter): Record<string, string | undefined> {
  return {
    ...rest,
    since: from && startOf(from, 0),
    until: to && startOf(to, 1),
    // What is not a UID is not asked for: the field says so.
    uid: uid !== undefined && isUidStart(uid) ? uid : undefined,
  };
}

export const isUidStart = (text: string): boolean => /^[0-9.]{0,64}$/.test(text);

/** Midnight of a day like `2026-01-31`, here, so many days later. */
function startOf(day: string, later: number): string | undefined {
  const [year = NaN, month = NaN, date = NaN] = day.split('-').map(Number);
  const midnight = new Date(year, month - 1, date + later);
  return Number.isNaN(midnight.getTime()) ? undefined : midnight.toISOString();
}
