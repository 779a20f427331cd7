import type { GreyImage } from '../ports/colouring.js';
import { chromaMap, colouredWithoutEvidence, luminanceFigures } from './chroma-map.js';
import type { Coloured } from './colourer.js';
import { boxesOf, type Film, type Label, type Mask, maskOf } from './film.js';
import { type Localisation, localise } from './localisation.js';
import { smoothnessFigures, type SmoothnessFigures } from './smoothness.js';

/** What is kept of one coloured film: figures, no pixels. */
export interface FilmFigures extends SmoothnessFigures {
  readonly id: string;
  readonly group: string;
  readonly patient: string;
  readonly label?: Label;
  readonly pixels: number;
  /** Greatest |ΔL*|. */
  readonly lightness: number;
  /** Pixels whose grey code is lost. */
  readonly lost: number;
  /** Pixels beyond the reach of evidence, and those of them that are not grey. */
  readonly beyond?: { readonly faults: number; readonly pixels: number };
  /** Mean C* inside the lungs; of the whole film where no lungs are seen. */
  readonly meanChroma: number;
  readonly maxChroma: number;
  /** ΣC*, and its part outside the lungs. */
  readonly chroma: number;
  readonly outside: number;
  readonly probability?: number;
  /** Of films with boxes. */
  readonly boxes?: Localisation;
}

/** Measures a film that some colourer has coloured. */
export function measureFilm(
  film: Film,
  image: GreyImage,
  { rgb, colouring }: Coloured,
  lungs: Mask,
): FilmFigures {
  const chroma = chromaMap(rgb);
  const { worst, lost } = luminanceFigures(image, rgb);
  const beyond = colouredWithoutEvidence(image, rgb, colouring);
  const probability = colouring?.kind === 'evidence' ? colouring.probability : undefined;
  return {
    id: film.id,
    group: film.group,
    patient: film.patient,
    ...(film.label ? { label: film.label } : {}),
    pixels: chroma.length,
    lightness: worst,
    lost,
    ...(beyond ? { beyond } : {}),
    ...chromaFigures(chroma, maskOf(image, lungs)),
    ...smoothnessFigures(image, chroma),
    ...(probability === undefined ? {} : { probability }),
    ...(film.boxes.length > 0 ? { boxes: localise(chroma, boxesOf(image, film.boxes)) } : {}),
  };
}

type ChromaFigures = Pick<FilmFigures, 'meanChroma' | 'maxChroma' | 'chroma' | 'outside'>;

/** @param lungs 1 inside */
export function chromaFigures(chroma: Float32Array, lungs: Uint8Array): ChromaFigures {
  let [all, inside, area, most] = [0, 0, 0, 0];
  chroma.forEach((value, at) => {
    all += value;
    if (value > most) most = value;
    if (lungs[at] === 1) {
      inside += value;
      area += 1;
    }
  });
  return {
    meanChroma: area === 0 ? all / chroma.length : inside / area,
    maxChroma: most,
    chroma: all,
    outside: all - inside,
  };
}
