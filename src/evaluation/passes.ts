import pLimit from 'p-limit';
import { areaMean } from '../imaging/area-mean.js';
import type { InstalledModel } from '../models/registry.js';
import type { GreyImage } from '../ports/colouring.js';
import type { Networks } from '../ports/networks.js';
import type { Colourer } from './colourer.js';
import type { Film, Mask } from './film.js';
import { patientHash } from './folds.js';
import { type FilmFigures, measureFilm } from './measure-film.js';

/** What every pass over the films needs. */
export interface PassTools {
  /** Films in work at the same time. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  /** The same lungs for whoever colours: a person's mask where there is one, else the recogniser's. */
  readonly lungsOf: (film: Film, image: GreyImage) => Promise<Mask>;
  readonly onProgress: (pass: string, done: number, of: number) => void;
}

/** Runs over films, some at a time, and keeps their order. @throws what the signal says once it is aborted */
export async function eachFilm<T>(
  films: readonly Film[],
  pass: string,
  { atOnce, signal, onProgress }: PassTools,
  work: (film: Film, image: GreyImage) => Promise<T>,
): Promise<readonly T[]> {
  const whenFree = pLimit(atOnce);
  let done = 0;
  return Promise.all(
    films.map((film) =>
      whenFree(async () => {
        signal.throwIfAborted();
        const result = await work(film, await film.load());
        done += 1;
        onProgress(pass, done, films.length);
        return result;
      }),
    ),
  );
}

/** Colours and measures films, each changed in the same way before. */
export function measureFilms(
  films: readonly Film[],
  pass: string,
  colour: Colourer,
  tools: PassTools,
  change: (image: GreyImage) => GreyImage = (image) => image,
): Promise<readonly FilmFigures[]> {
  return eachFilm(films, pass, tools, async (film, plain) => {
    const image = change(plain);
    const lungs = await tools.lungsOf(film, plain);
    return measureFilm(film, image, await colour(image), lungs);
  });
}

/** A person's mask, or what the recogniser takes for lung; asked once a film. */
export function lungFinder(recogniser: InstalledModel, networks: Networks): PassTools['lungsOf'] {
  const found = new Map<string, Promise<Mask>>();
  const ask = async (image: GreyImage): Promise<Mask> => {
    const { rows, columns } = recogniser.manifest.input;
    const colouring = await networks.infer(recogniser, areaMean(image, rows, columns));
    if (colouring.kind !== 'evidence' || colouring.lungs === undefined) {
      return { rows: 1, columns: 1, inside: new Uint8Array(1) };
    }
    const inside = Uint8Array.from(colouring.lungs, (lung) => (lung > 0.5 ? 1 : 0));
    return { rows: colouring.rows, columns: colouring.columns, inside };
  };
  return (film, image) => {
    if (film.lungs) return Promise.resolve(film.lungs);
    const asked = found.get(film.id) ?? ask(image);
    found.set(film.id, asked);
    return asked;
  };
}

/** At most so many films of each group and label, the same ones each time, in their order. */
export function sampleOf(films: readonly Film[], perLabel: number): readonly Film[] {
  const taken = new Map<string, number>();
  const chosen = new Set(
    films
      .toSorted((one, other) => patientHash(one.id) - patientHash(other.id))
      .filter(({ group, label }) => {
        const key = `${group} ${label ?? ''}`;
        const count = taken.get(key) ?? 0;
        taken.set(key, count + 1);
        return count < perLabel;
      }),
  );
  return films.filter((film) => chosen.has(film));
}
