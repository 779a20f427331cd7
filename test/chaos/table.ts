import { faultKinds } from './plan.js';
import type { ChaosResult } from './run.js';

/** The results as a document: one row a seed. */
export function resultTable(results: readonly Omit<ChaosResult, 'logs'>[]): string {
  const heads = [
    'seed',
    'studies',
    ...faultKinds,
    'stored',
    'skipped',
    'failed',
    'lost',
    'doubled',
    'cut off by Orthanc',
    'other faults',
    'minutes',
    'load',
  ];
  const rows = results.map((result) => [
    result.seed,
    result.studies,
    ...faultKinds.map((kind) => result.injected[kind] ?? 0),
    result.stored,
    result.skipped,
    result.failed,
    result.lost,
    result.doubled,
    result.cutOff,
    result.faults.length,
    (result.seconds / 60).toFixed(1),
    result.load,
  ]);
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [
    '# Pulling plugs',
    '',
    'Made by `npm run test:chaos -- --out bench/results/chaos.json`; the columns in the middle count the faults of each',
    'kind. Machine: 2 cores, 24 GiB, shared with other work; the load is that of the last minute of a run.',
    '',
    line(heads),
    line(heads.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
}
