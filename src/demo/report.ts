import type { Delivery } from './deliver.js';
import { seconds } from './progress.js';

/** What one picture came to, and why: two lines. A score is the model's probability of opacity. */
export function deliveryText({ row, outcome, reason, tookMs }: Delivery): string {
  const why = `\n    ${reason}`;
  const code = row?.code === undefined ? '' : ` (${row.code})`;
  switch (outcome) {
    case 'stored': {
      const facts = [
        `colour series after ${seconds(tookMs)}`,
        ...(row?.model === undefined ? [] : [`model ${row.model}`]),
        ...(row?.probability === undefined ? [] : [`score ${row.probability.toFixed(2)}`]),
      ];
      return facts.join(', ') + why;
    }
    case 'skipped':
      return `skipped${code}${why}`;
    case 'failed':
      return `FAILED${code}${why}${row?.next === undefined ? '' : `\n    → ${row.next}`}`;
    default:
      return outcome satisfies never;
  }
}

/** `4 colour series, 1 skipped, 0 failed; slowest 2.1 s, median 1.9 s.` */
export function summaryLine(deliveries: readonly Delivery[]): string {
  const of = (wanted: Delivery['outcome']) =>
    deliveries.filter(({ outcome }) => outcome === wanted);
  const stored = of('stored');
  const times = stored.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const [median, slowest] = [times[times.length >> 1], times.at(-1)];
  const pace =
    median === undefined || slowest === undefined
      ? ''
      : `; median ${seconds(median)}, slowest ${seconds(slowest)} from STOW-RS to QIDO-RS`;
  return `${stored.length} colour series, ${of('skipped').length} skipped, ${of('failed').length} failed${pace}.`;
}
