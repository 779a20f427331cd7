import type { InstalledModel, Registry } from '../models/registry.js';
import type { Networks } from '../ports/networks.js';
import type { Pictures } from '../ports/pictures.js';
import { classifierColourer, measurePrior, thumbnailAucs } from './baselines.js';
import { type Colourer, modelColourer, tableColourer } from './colourer.js';
import { colourMaps, colourTable, greyTable } from './colour-tables.js';
import type { FilmCollection } from './film.js';
import { drawnBy, innerTensorsOf } from './inner-tensors.js';
import type { FilmFigures } from './measure-film.js';
import { measureFilms, type PassTools, sampleOf } from './passes.js';
import { measureRobustness } from './robustness.js';
import { localisationRows } from './localisation-rows.js';
import type { Row } from './row.js';
import * as rowsOf from './rows.js';
import { robustnessRows, smoothnessRows } from './steadiness-rows.js';
import { shuffledTwin } from './shuffled-weights.js';
import type { ReliabilityBin } from './statistics.js';
import { borderMasked } from './variants.js';

export interface Baseline {
  readonly name: string;
  readonly rows: readonly Row[];
}

/** All that is said of one model. */
export interface Evaluation {
  readonly model: InstalledModel;
  readonly films: readonly FilmFigures[];
  readonly rows: readonly Row[];
  readonly baselines: readonly Baseline[];
  readonly reliability: readonly {
    readonly group: string;
    readonly bins: readonly ReliabilityBin[];
  }[];
}

export interface EvaluationTools extends PassTools {
  readonly registry: Registry;
  readonly networks: Networks;
  readonly pictures: Pictures;
  /** Where weights may be written that are needed for a moment. */
  readonly scratch: string;
}

/** Films of each group and label, drawn by hash, on which a dozen changes of the picture are tried. */
const robustnessFilms = 4;
/** The same for masked borders and for what models are compared with, which need one pass each. */
const comparedFilms = 30;

/** Measures models on one collection; what several of them are compared with is measured once. */
export function createEvaluator(collection: FilmCollection, tools: EvaluationTools) {
  const { registry, networks, pictures } = tools;
  const { films } = collection;
  const boxed = films.filter(({ boxes }) => boxes.length > 0);
  const memory = new Map<string, Promise<readonly FilmFigures[]>>();

  const chosen = new Set([...sampleOf(films, comparedFilms), ...boxed]);
  const compared = films.filter((film) => chosen.has(film));

  /** Figures of a baseline on the films to compare on, measured when first asked for. */
  const plain = (name: string, colour: Colourer): Promise<readonly FilmFigures[]> => {
    const known = memory.get(name) ?? measureFilms(compared, name, colour, tools);
    memory.set(name, known);
    return known;
  };
  const colourerOf = (model: InstalledModel) => modelColourer(model, networks, pictures);
  let prior: Promise<readonly FilmFigures[]> | undefined;
  let thumbnails: Promise<ReadonlyMap<string, number>> | undefined;

  return async function evaluate(model: InstalledModel): Promise<Evaluation> {
    const colour = colourerOf(model);
    const { name } = model.manifest;
    const figures = await measureFilms(films, name, colour, tools);
    const ids = new Set(compared.map(({ id }) => id));
    memory.set(name, Promise.resolve(figures.filter(({ id }) => ids.has(id))));
    const masked = await measureFilms(
      compared,
      `${name}, borders masked`,
      colour,
      tools,
      borderMasked,
    );
    thumbnails ??= thumbnailAucs(films, collection.training, tools);
    const thumbnailAuc = await thumbnails;
    prior ??= measurePrior(boxed, tools);
    const priorFigures = await prior;
    const shuffled = colourerOf(await shuffledTwin(model, tools.scratch));
    const sample = sampleOf(films, robustnessFilms);
    const robustness = await measureRobustness(sample, colour, shuffled, pictures, tools);

    const labelled = rowsOf
      .groupsOf(figures)
      .filter(([, of]) => of.some(({ label }) => label === 'normal') && of.some(isSick));
    const calibrations = labelled.flatMap(([group, of]) => {
      const found = rowsOf.calibrationRow(group, of);
      return found ? [{ group, ...found }] : [];
    });
    return {
      model,
      films: figures,
      rows: [
        ...rowsOf.luminanceRows(figures),
        ...labelled.flatMap(([group, of]) => rowsOf.neutralityRows(group, of)),
        ...labelled.flatMap(([group, of]) =>
          rowsOf.detectabilityRows(
            group,
            of,
            masked.filter((each) => each.group === group),
            thumbnailAuc.get(group) ?? NaN,
          ),
        ),
        ...rowsOf.groupsOf(figures).map(([group, of]) => rowsOf.leakageRow(group, of)),
        ...(boxed.length > 0 ? localisationRows(figures, priorFigures) : []),
        ...calibrations.map(({ row }) => row),
        ...robustnessRows(robustness),
        ...smoothnessRows(figures),
      ],
      baselines: await baselinesOf(model),
      reliability: calibrations.map(({ group, bins }) => ({ group, bins })),
    };
  };

  async function baselinesOf(model: InstalledModel): Promise<readonly Baseline[]> {
    const baselines: Baseline[] = [];
    const add = async (name: string, colour: Colourer) => {
      baselines.push({ name, rows: comparedBy(await plain(name, colour)) });
    };
    await add('grey', tableColourer(greyTable));
    for (const map of colourMaps) await add(map, tableColourer(colourTable(map)));
    for (const other of registry.models) {
      const { name } = other.manifest;
      if (name !== model.manifest.name && other === registry.get(name)) {
        await add(name, colourerOf(other));
      }
    }
    for (const [group, auc] of (await thumbnails) ?? []) {
      const estimate = { value: auc, films: films.filter((film) => film.group === group).length };
      const row = { property: 'detectability', metric: 'AUC', group, estimate };
      baselines.push({ name: 'blurred thumbnail', rows: [row] });
    }
    if (boxed.length === 0) return baselines;
    baselines.push({ name: 'mean-box prior', rows: localisationRows((await prior) ?? []) });
    for (const [name, rows] of await otherOutputs(model)) baselines.push({ name, rows });
    return baselines;
  }

  /** Localisation by what the same network says before its gate, and by its classifier. */
  async function otherOutputs(model: InstalledModel) {
    const found: [string, readonly Row[]][] = [];
    const inner = await innerTensorsOf(model);
    if (inner === undefined) return found;
    const opacity = await drawnBy(model, inner.opacity, tools.scratch);
    const classifier = await drawnBy(model, inner.classifierMap, tools.scratch);
    const localised = async (name: string, colour: Colourer) => {
      const figures = await measureFilms(boxed, name, colour, tools);
      found.push([name, localisationRows(figures, await prior)]);
    };
    if (opacity) await localised('evidence before its gate', colourerOf(opacity));
    if (classifier) {
      await localised('classifier map × lungs', classifierColourer(classifier, networks, pictures));
    }
    return found;
  }
}

const isSick = ({ label }: FilmFigures) => label === 'pneumonia';

/** What anything that colours is compared by. */
function comparedBy(figures: readonly FilmFigures[]): readonly Row[] {
  const labelled = rowsOf
    .groupsOf(figures)
    .filter(([, of]) => of.some(({ label }) => label === 'normal') && of.some(isSick));
  return [
    ...rowsOf.luminanceRows(figures).filter(({ property }) => property === 'luminance'),
    ...labelled.flatMap(([group, of]) => rowsOf.neutralityRows(group, of)),
    ...labelled.map(([group, of]) => rowsOf.aucRow(group, of)),
    ...rowsOf.groupsOf(figures).map(([group, of]) => rowsOf.leakageRow(group, of)),
    ...(figures.some(({ boxes }) => boxes) ? localisationRows(figures) : []),
    ...smoothnessRows(figures),
  ];
}
