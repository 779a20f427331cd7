import { bootstrap } from './bootstrap.js';
import type { FilmFigures } from './measure-film.js';
import { above, type Row } from './row.js';
import { mean } from './statistics.js';

const places = [
  ['energy', 'energy in box'],
  ['iou', 'IoU at box area'],
  ['pointing', 'pointing'],
] as const;

/**
 * Where the colour falls, against the boxes; films that stay grey count as missed.
 * @param prior figures of the mean-box prior on the same films
 */
export function localisationRows(
  figures: readonly FilmFigures[],
  prior?: readonly FilmFigures[],
): readonly Row[] {
  const property = 'localisation';
  const boxed = figures.flatMap((each) => (each.boxes ? [{ ...each, boxes: each.boxes }] : []));
  const priorOf = new Map(prior?.map((each) => [each.id, each.boxes]));
  const paired = boxed.flatMap((each) => {
    const other = priorOf.get(each.id);
    return other ? [{ ...each, other }] : [];
  });
  const coloured = boxed.filter(({ maxChroma }) => maxChroma > 0);
  return places.flatMap(([key, metric]): Row[] => {
    const on = (sample: typeof boxed) =>
      bootstrap(sample, (drawn) => mean(drawn.map(({ boxes }) => boxes[key])));
    return [
      { property, metric, estimate: on(boxed) },
      { property, metric: `${metric}, films that take colour`, estimate: on(coloured) },
      ...(prior
        ? [
            {
              property,
              metric: `${metric}, above the mean-box prior`,
              estimate: bootstrap(paired, (drawn) =>
                mean(drawn.map(({ boxes, other }) => boxes[key] - other[key])),
              ),
              bar: above(0),
            },
          ]
        : []),
    ];
  });
}
