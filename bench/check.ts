/** Holds runs against the committed one: ratios only, and generously, for machines differ and are busy. */
import { type Bar, barsOf, type Measured } from './results.js';

/**
 * A ratio may be so much worse before it counts. Two busy processes on two cores made one 1.3 times worse, four 1.1; what
 * is twice as bad must be found on a lucky day as well.
 */
const tolerance = 1.5;

/** One line for each ratio that is much worse than it was, in the best of the runs. */
export function muchWorse(before: Measured, runs: readonly Measured[]): readonly string[] {
  const found = runs.flatMap((run) => barsOf(run));
  return barsOf(before).flatMap((was) => {
    const now = found.filter(({ name }) => name === was.name).map(({ value }) => value);
    if (was.unit !== '×' || now.length === 0) return [];
    const best = was.least === undefined ? Math.min(...now) : Math.max(...now);
    const worse = timesWorse(was, best);
    if (worse <= tolerance) return [];
    const change = `${best.toFixed(2)}, was ${was.value.toFixed(2)}`;
    return [`${was.name}: ${change}: ${worse.toFixed(1)} times worse`];
  });
}

const timesWorse = ({ value, least }: Bar, now: number) =>
  least === undefined ? now / value : value / now;
