import type { Selection } from '../ports/upkeep.js';

/** The selection alone, always with its keys in one order: it also names the task. */
export function selectionOf({
  model,
  version,
  since,
  until,
  image,
}: Selection): Selection & Options {
  return {
    model,
    ...(version === undefined ? {} : { version }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(image === undefined ? {} : { image }),
  };
}

type Options = Readonly<Record<string, unknown>>;
