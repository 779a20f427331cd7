import type { Pictures } from '../ports/pictures.js';
import { chromaMap } from './chroma-map.js';
import type { Colourer } from './colourer.js';
import { Differences } from './difference.js';
import type { Film } from './film.js';
import { patientHash } from './folds.js';
import { eachFilm, type PassTools } from './passes.js';
import { correlation, mean } from './statistics.js';
import { twinsAgree } from './twins.js';
import { noise, variants } from './variants.js';

export interface Robustness {
  readonly films: number;
  /** Mean |ΔC*| of each variant, by its name. */
  readonly changes: readonly {
    readonly name: string;
    readonly mean: number;
    readonly p99: number;
  }[];
  /** P99 of |ΔC*| at ± 1 code. */
  readonly noiseP99: number;
  /** Share of films whose MONOCHROME1 twin gives the same bytes. */
  readonly twins: number;
  /** Mean |correlation| of the maps with those of shuffled weights. */
  readonly shuffled: number;
}

/** How much the colour of some films moves when what should not matter changes. */
export async function measureRobustness(
  films: readonly Film[],
  colour: Colourer,
  shuffled: Colourer,
  pictures: Pictures,
  tools: PassTools,
): Promise<Robustness> {
  const all = [...variants, noise];
  const pooled = all.map(() => new Differences());
  const perFilm = await eachFilm(films, 'changes', tools, async (film, plain) => {
    const base = chromaMap((await colour(plain)).rgb);
    const maps = await Promise.all(
      all.map(async ({ change, back }) => {
        const changed = change(plain, patientHash(film.id));
        return back(chromaMap((await colour(changed)).rgb), changed, plain);
      }),
    );
    const [same, untaught] = await Promise.all([
      twinsAgree(plain, colour, pictures),
      shuffled(plain),
    ]);
    return { base, maps, same, alike: Math.abs(correlation(base, chromaMap(untaught.rgb))) };
  });
  for (const { base, maps } of perFilm) {
    maps.forEach((map, at) => pooled[at]?.add(base, map));
  }
  const figures = all.map(({ name }, at) => ({
    name,
    mean: pooled[at]?.mean ?? NaN,
    p99: pooled[at]?.quantile(0.99) ?? NaN,
  }));
  return {
    films: films.length,
    changes: figures.slice(0, -1),
    noiseP99: figures.at(-1)?.p99 ?? NaN,
    twins: mean(perFilm.map(({ same }) => (same ? 1 : 0))),
    shuffled: mean(perFilm.map(({ alike }) => alike)),
  };
}
