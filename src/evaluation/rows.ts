import { bootstrap } from './bootstrap.js';
import type { Label } from './film.js';
import type { FilmFigures } from './measure-film.js';
import { atLeast, atMost, plain, type Row } from './row.js';
import {
  areaUnderCurve,
  calibrationError,
  mean,
  quantile,
  reliability,
  type ReliabilityBin,
} from './statistics.js';

/** Chroma that is seen on a radiograph. */
const visible = 5;

const of = (figures: readonly FilmFigures[], label: Label) =>
  figures.filter((figure) => figure.label === label);

/** Films of each group, in order of appearance. */
export function groupsOf(
  figures: readonly FilmFigures[],
): readonly (readonly [group: string, figures: readonly FilmFigures[]])[] {
  const names = [...new Set(figures.map(({ group }) => group))];
  return names.map((name) => [name, figures.filter(({ group }) => group === name)]);
}

export function luminanceRows(figures: readonly FilmFigures[]): readonly Row[] {
  const pixels = mean(figures.map((each) => each.pixels)) * figures.length;
  const lost = mean(figures.map((each) => each.lost)) * figures.length;
  const beyond = figures.flatMap((each) => each.beyond ?? []);
  const faults = beyond.reduce((sum, each) => sum + each.faults, 0);
  const outside = beyond.reduce((sum, each) => sum + each.pixels, 0);
  return [
    {
      property: 'luminance',
      metric: 'max |ΔL*|',
      estimate: plain(figures, Math.max(...figures.map(({ lightness }) => lightness))),
      bar: atMost(0.05),
    },
    {
      property: 'luminance',
      metric: 'grey codes that survive',
      estimate: plain(figures, 1 - lost / pixels),
      bar: atLeast(1),
    },
    {
      property: 'identity',
      metric: 'R = G = B = grey where evidence is 0',
      estimate: plain(beyond, 1 - faults / outside),
      bar: atLeast(1),
    },
  ];
}

/** @param figures of one group */
export function neutralityRows(group: string, figures: readonly FilmFigures[]): readonly Row[] {
  const [normals, sick] = [of(figures, 'normal'), of(figures, 'pneumonia')];
  const property = 'neutrality';
  return [
    {
      property,
      metric: 'normals: median of mean C*',
      group,
      estimate: bootstrap(normals, (drawn) =>
        quantile(
          drawn.map((each) => each.meanChroma),
          0.5,
        ),
      ),
      bar: atMost(1),
    },
    {
      property,
      metric: 'normals: P95 of max C*',
      group,
      estimate: bootstrap(normals, (drawn) =>
        quantile(
          drawn.map((each) => each.maxChroma),
          0.95,
        ),
      ),
      bar: atMost(5),
    },
    {
      property,
      metric: 'normals that stay exactly grey',
      group,
      estimate: bootstrap(normals, (drawn) =>
        mean(drawn.map((each) => (each.maxChroma === 0 ? 1 : 0))),
      ),
    },
    {
      property,
      metric: `pneumonia films that take colour (C* ≥ ${visible})`,
      group,
      estimate: bootstrap(sick, (drawn) =>
        mean(drawn.map((each) => (each.maxChroma >= visible ? 1 : 0))),
      ),
    },
  ];
}

const aucOf = (drawn: readonly FilmFigures[]) =>
  areaUnderCurve(
    of(drawn, 'pneumonia').map(({ meanChroma }) => meanChroma),
    of(drawn, 'normal').map(({ meanChroma }) => meanChroma),
  );

/** @param thumbnail AUC of the blurred thumbnail on the same films; NaN where none could learn */
export function detectabilityRows(
  group: string,
  figures: readonly FilmFigures[],
  masked: readonly FilmFigures[],
  thumbnail: number,
): readonly Row[] {
  const property = 'detectability';
  const maskedOfFilm = new Map(masked.map((each) => [each.id, each]));
  const pairs = figures
    .map((each) => ({ ...each, masked: maskedOfFilm.get(each.id) }))
    .filter((each) => each.masked !== undefined);
  const maskedOf = (drawn: readonly (FilmFigures & { masked: FilmFigures | undefined })[]) =>
    aucOf(drawn.flatMap((each) => each.masked ?? []));
  return [
    {
      property,
      metric: 'AUC of mean C* in lungs',
      group,
      estimate: bootstrap(figures, aucOf),
      ...(Number.isNaN(thumbnail) ? {} : { bar: atLeast(thumbnail) }),
    },
    {
      property,
      metric: 'the same, borders masked',
      group,
      estimate: bootstrap(pairs, maskedOf),
    },
    {
      property,
      metric: 'drop with borders masked',
      group,
      estimate: bootstrap(pairs, (drawn) => aucOf(drawn) - maskedOf(drawn)),
      bar: atMost(0.02),
    },
  ];
}

/** The one row of detectability that a baseline has. */
export function aucRow(group: string, figures: readonly FilmFigures[]): Row {
  const metric = 'AUC of mean C* in lungs';
  return { property: 'detectability', metric, group, estimate: bootstrap(figures, aucOf) };
}

export function leakageRow(group: string, figures: readonly FilmFigures[]): Row {
  const total = (drawn: readonly FilmFigures[], key: 'chroma' | 'outside') =>
    drawn.reduce((sum, each) => sum + each[key], 0);
  return {
    property: 'leakage',
    metric: 'share of chroma outside lungs',
    group,
    estimate: bootstrap(figures, (drawn) => total(drawn, 'outside') / total(drawn, 'chroma')),
    bar: atMost(0.02),
  };
}

/** @returns the row and the bins of its plot; no row where the model gives no probability */
export function calibrationRow(
  group: string,
  figures: readonly FilmFigures[],
): { readonly row: Row; readonly bins: readonly ReliabilityBin[] } | undefined {
  const known = figures.flatMap(({ patient, label, probability }) =>
    label === undefined || probability === undefined ? [] : [{ patient, label, probability }],
  );
  if (known.length === 0) return undefined;
  const binsOf = (drawn: readonly (typeof known)[number][]) =>
    reliability(
      drawn.map(({ probability }) => probability),
      drawn.map(({ label }) => label === 'pneumonia'),
    );
  const estimate = bootstrap(known, (drawn) => calibrationError(binsOf(drawn)));
  const metric = 'ECE, 15 bins';
  return {
    row: { property: 'calibration', metric, group, estimate, bar: atMost(0.05) },
    bins: binsOf(known),
  };
}
