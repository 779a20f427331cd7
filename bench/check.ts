/** Holds a run against the committed one: ratios only, and generously, for machines differ and are busy. */
import { barsOf, type Measured } from './results.js';

/** A ratio may be so much worse before it counts: above what a busy machine does to it. */
const tolerance = 1.5;

/** One line for each ratio that became much worse. */
export function changesFrom(before: Measured, now: Measured): readonly string[] {
  const known = new Map(barsOf(before).map((bar) => [bar.name, bar.value]));
  return barsOf(now).flatMap(({ name, value, unit, least }) => {
    const was = known.get(name);
    if (unit !== '×' || was === undefined) return [];
    const worse = least === undefined ? value / was : was / value;
    return worse <= tolerance
      ? []
      : [`${name}: ${value.toFixed(2)}, was ${was.toFixed(2)}: ${worse.toFixed(1)} times worse`];
  });
}
