import type { InstalledModel } from '../models/registry.js';
import type { GreyImage } from '../ports/colouring.js';
import type { Networks } from '../ports/networks.js';
import type { Pictures } from '../ports/pictures.js';
import { areaMean } from '../imaging/area-mean.js';
import { type Colourer, drawn, rendering } from './colourer.js';
import { boxesOf, type Film } from './film.js';
import { localise } from './localisation.js';
import type { FilmFigures } from './measure-film.js';
import { eachFilm, type PassTools } from './passes.js';
import { areaUnderCurve } from './statistics.js';
import { thumbnailFeatures, trainThumbnailClassifier } from './thumbnail-classifier.js';

/** The boxes of all other patients, laid over each other: what can be known of a film without looking at it. */
export function meanBoxMap(film: Film, others: readonly Film[], image: GreyImage): Float32Array {
  const map = new Float32Array(image.grey.length);
  for (const other of others) {
    if (other.patient === film.patient) continue;
    boxesOf(image, other.boxes).forEach((inside, at) => {
      map[at] = map[at]! + inside;
    });
  }
  return map;
}

/** Localisation of the mean-box prior on each film with boxes. */
export function measurePrior(
  films: readonly Film[],
  tools: PassTools,
): Promise<readonly FilmFigures[]> {
  return eachFilm(films, 'mean-box prior', tools, (film, image) => {
    const boxes = localise(meanBoxMap(film, films, image), boxesOf(image, film.boxes));
    return Promise.resolve({ ...nothing(film, image), boxes, maxChroma: 1 });
  });
}

function nothing({ id, group, patient, label }: Film, image: GreyImage): FilmFigures {
  const zeros = { lightness: 0, lost: 0, meanChroma: 0, maxChroma: 0, chroma: 0, outside: 0 };
  const pixels = image.grey.length;
  return {
    id,
    group,
    patient,
    ...(label ? { label } : {}),
    pixels,
    ...zeros,
    highPass: 0,
    energy: 0,
  };
}

/**
 * The usual way to say where: the classifier's own map, enlarged, inside the lungs.
 * @param model drawn by its classifier map
 */
export function classifierColourer(
  model: InstalledModel,
  networks: Networks,
  pictures: Pictures,
): Colourer {
  const { input, title } = model.manifest;
  return async (image) => {
    const found = await networks.infer(model, areaMean(image, input.rows, input.columns));
    if (found.kind !== 'evidence' || found.lungs === undefined) throw new Error('no lung mask');
    const side = Math.round(Math.sqrt(found.lungs.length));
    const large = enlarged(found.evidence, found.columns, side);
    const evidence = large.map((value, at) => value * (found.lungs?.[at] ?? 0));
    const colouring = { kind: 'evidence', rows: side, columns: side, evidence } as const;
    return {
      rgb: await drawn(pictures, { image, colouring, rendering, modelTitle: title }),
      colouring,
    };
  };
}

/** A square map at another side, linearly between its centres. */
function enlarged(map: Float32Array, side: number, to: number): Float32Array {
  const taps = Array.from({ length: to }, (_, at) => {
    const position = Math.min(side - 1, Math.max(0, ((at + 0.5) * side) / to - 0.5));
    const first = Math.min(side - 1, Math.floor(position));
    return { first, second: Math.min(side - 1, first + 1), share: position - first };
  });
  return Float32Array.from({ length: to * to }, (_, at) => {
    const [down, across] = [taps[Math.floor(at / to)]!, taps[at % to]!];
    const line = (row: number) =>
      (1 - across.share) * map[row * side + across.first]! +
      across.share * map[row * side + across.second]!;
    return (1 - down.share) * line(down.first) + down.share * line(down.second);
  });
}

/** AUC of the blurred thumbnail in each group of films, learnt from other patients of the same group. */
export async function thumbnailAucs(
  films: readonly Film[],
  training: readonly Film[],
  tools: PassTools,
): Promise<ReadonlyMap<string, number>> {
  const aucs = new Map<string, number>();
  for (const group of new Set(films.map((film) => film.group))) {
    const features = async (from: readonly Film[], pass: string) => {
      const inGroup = from.filter((film) => film.group === group && film.label !== undefined);
      const found = await eachFilm(inGroup, pass, tools, ({ label }, image) =>
        Promise.resolve({ label, features: thumbnailFeatures(image) }),
      );
      const of = (label: string) =>
        found.filter((each) => each.label === label).map((each) => each.features);
      return { sick: of('pneumonia'), well: of('normal') };
    };
    const known = await features(training, `thumbnails, ${group}`);
    if (known.sick.length === 0 || known.well.length === 0) continue;
    const score = trainThumbnailClassifier(known.sick, known.well);
    const held = await features(films, `thumbnails, ${group}`);
    aucs.set(group, areaUnderCurve(held.sick.map(score), held.well.map(score)));
  }
  return aucs;
}
