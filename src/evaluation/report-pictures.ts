import sharp from 'sharp';
import { randomFor } from '../phantom/random.js';
import type { GreyImage } from '../ports/colouring.js';
import type { Colourer } from './colourer.js';
import type { Film } from './film.js';
import type { FilmFigures } from './measure-film.js';

/** One film of the report: grey and colour side by side, with its figures. */
export interface Case {
  readonly film: Film;
  readonly figures: FilmFigures;
  /** Grey, then colour, as data URIs. */
  readonly pictures: readonly [string, string];
  readonly size: Pick<GreyImage, 'Rows' | 'Columns'>;
}

export interface CaseGroup {
  readonly title: string;
  readonly cases: readonly Case[];
}

const perGroup = 6;

/** Best, worst and random cases: of localisation where there are boxes, of neutrality on normal films. */
export async function chooseCases(
  films: readonly Film[],
  figures: readonly FilmFigures[],
  colour: Colourer,
): Promise<readonly CaseGroup[]> {
  const ofFilm = new Map(films.map((film) => [film.id, film]));
  const boxed = figures
    .filter(({ boxes }) => boxes !== undefined)
    .toSorted((one, other) => (other.boxes?.energy ?? 0) - (one.boxes?.energy ?? 0));
  const normals = figures
    .filter(({ label }) => label === 'normal')
    .toSorted((one, other) => other.chroma - one.chroma);
  const missed = figures
    .filter(({ label, boxes }) => label === 'pneumonia' && boxes === undefined)
    .toSorted((one, other) => one.chroma - other.chroma);
  const groups = [
    ['Boxes: where the colour falls best', boxed.slice(0, perGroup)],
    ['Boxes: where it falls worst', boxed.slice(-perGroup)],
    ['Boxes: drawn at random', drawn(boxed)],
    ['Normal films with the most colour', normals.slice(0, perGroup)],
    ['Films labelled pneumonia with the least colour', missed.slice(0, perGroup)],
    ['All films: drawn at random', drawn(figures)],
  ] as const;
  return Promise.all(
    groups
      .filter(([, chosen]) => chosen.length > 0)
      .map(async ([title, chosen]) => ({
        title,
        cases: await Promise.all(
          chosen.flatMap((each) => {
            const film = ofFilm.get(each.id);
            return film ? [caseOf(film, each, colour)] : [];
          }),
        ),
      })),
  );
}

function drawn(figures: readonly FilmFigures[]): readonly FilmFigures[] {
  const random = randomFor(1, 'report');
  const rest = [...figures];
  return Array.from({ length: Math.min(perGroup, rest.length) }, () =>
    rest.splice(Math.floor(random.between(0, rest.length)), 1),
  ).flat();
}

async function caseOf(film: Film, figures: FilmFigures, colour: Colourer): Promise<Case> {
  const image = await film.load();
  const { rgb } = await colour(image);
  const { Rows, Columns } = image;
  const uri = async (pixels: Uint8Array, channels: 1 | 3) => {
    const raw = { width: Columns, height: Rows, channels };
    const webp = await sharp(Buffer.from(pixels), { raw }).webp({ quality: 85 }).toBuffer();
    return `data:image/webp;base64,${webp.toString('base64')}`;
  };
  const pictures = [await uri(image.grey, 1), await uri(rgb, 3)] as const;
  return { film, figures, pictures, size: { Rows, Columns } };
}
