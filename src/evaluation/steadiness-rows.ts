import type { FilmFigures } from './measure-film.js';
import type { Robustness } from './robustness.js';
import { atLeast, atMost, plain, type Row } from './row.js';
import { mean } from './statistics.js';

const chromaRange = 110;

export function smoothnessRows(figures: readonly FilmFigures[]): readonly Row[] {
  const sum = (key: 'highPass' | 'energy') => figures.reduce((all, each) => all + each[key], 0);
  const edges = figures.flatMap(({ edges: found }) => found ?? []);
  const pixels = figures.reduce((all, each) => all + each.pixels, 0);
  const property = 'smoothness';
  return [
    {
      property,
      metric: 'high-pass share at σ 1 % of width',
      estimate: plain(edges, sum('highPass') / sum('energy')),
      bar: atMost(0.001),
    },
    {
      property,
      metric: 'mean corr(|∇C*|, |∇L*|)',
      estimate: plain(edges, mean(edges)),
      bar: atMost(0.2),
    },
    {
      property: 'reported only',
      metric: 'loss of the paper: mean square of a*b* / 110',
      estimate: plain(figures, sum('energy') / (2 * pixels * chromaRange ** 2)),
    },
  ];
}

export function robustnessRows(found: Robustness): readonly Row[] {
  const { films } = found;
  return [
    ...found.changes.map(({ name, mean: value }): Row => ({
      property: 'invariance',
      metric: `mean |ΔC*|, ${name}`,
      estimate: { value, films },
      bar: atMost(0.5),
    })),
    {
      property: 'invariance',
      metric: 'MONOCHROME1 twins with identical bytes',
      estimate: { value: found.twins, films },
      bar: atLeast(1),
    },
    {
      property: 'stability',
      metric: 'P99 |ΔC*|, noise of ± 1 code',
      estimate: { value: found.noiseP99, films },
      bar: atMost(1),
    },
    {
      property: 'stability',
      metric: 'correlation over 3 seeds (not measured: weights of one seed)',
      estimate: { value: NaN, films: 0 },
      bar: atLeast(0.7),
    },
    {
      property: 'sanity',
      metric: '|correlation| with shuffled weights',
      estimate: { value: found.shuffled, films },
      bar: atMost(0.5),
    },
  ];
}
