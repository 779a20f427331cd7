import type { DicomDataset } from '../domain/dicom-json.js';
import { ColouriseError } from '../domain/errors.js';
import type { Rendering, SkipCode } from '../domain/job.js';
import type { LungMap } from '../imaging/lungs.js';
import { type QuarterTurns, turned } from '../imaging/turn.js';
import type { InstalledModel, Registry } from '../models/registry.js';
import type { ArrivingFile } from '../ports/arriving-file.js';
import type { Colouring } from '../ports/colouring.js';
import type { Networks } from '../ports/networks.js';
import type { Drawing, Grid, PackedPicture, Picture, Pictures } from '../ports/pictures.js';
import { type Look, recogniseChest } from './recognise.js';
import type { Stopwatch } from './stopwatch.js';

export interface ColourTools {
  readonly registry: Registry;
  readonly networks: Networks;
  readonly pictures: Pictures;
}

export interface ColourOptions {
  readonly signal?: AbortSignal;
  /** False colours a picture even where no lungs are recognised; default true. */
  readonly needsLungs?: boolean;
  /** Hears of the file's attributes once the picture is windowed, before the network sees it: a time to ask others. */
  readonly onShown?: (attributes: DicomDataset) => void;
  /** Looks at the attributes before anything is computed; a returned skip ends the job. */
  readonly refuses?: (
    attributes: DicomDataset,
  ) => { readonly code: SkipCode; readonly reason: string } | undefined;
}

export interface ColouredPicture {
  readonly kind: 'coloured';
  readonly picture: Picture;
  readonly model: InstalledModel;
  readonly colouring: Colouring;
  /** Under way; what reads it waits for its parts. */
  readonly drawing: Drawing;
  /** What is stored instead of what was drawn. */
  readonly packed?: PackedPicture;
}

export interface SkippedPicture {
  readonly kind: 'skipped';
  readonly code: SkipCode;
  readonly reason: string;
}

/**
 * decode → window → infer → recognise → fuse: the way from bytes to colour, with or without an archive.
 * Every picture passes the lung check, whichever model colours it: tags lie.
 * @param file taken over: not to be looked at afterwards
 * @throws the input codes and the model codes of `errorKinds`
 */
export async function colourPicture(
  file: Uint8Array | ArrivingFile,
  rendering: Rendering,
  { registry, networks, pictures }: ColourTools,
  stopwatch: Stopwatch,
  { signal, needsLungs = true, refuses, onShown }: ColourOptions = {},
): Promise<ColouredPicture | SkippedPicture> {
  const model = registry.get(rendering.model, rendering.modelVersion);
  const recogniser = givesLungs(model) ? model : registry.recogniser();
  const thumbnails = gridsOf(model, recogniser);

  const picture = await stopwatch.time('decode', () =>
    pictures.read(file, { thumbnails, window: rendering.window ?? 1 }, signal),
  );
  if ('skip' in picture) return { kind: 'skipped', code: picture.skip, reason: picture.reason };
  const unwanted = refuses?.(picture.attributes);
  if (unwanted) {
    picture.release();
    return { kind: 'skipped', ...unwanted };
  }
  onShown?.(picture.attributes);
  const [seen, seenByRecogniser = seen] = picture.thumbnails;
  if (seen === undefined || seenByRecogniser === undefined) throw new Error('no thumbnails');

  const inferTurned = (turns: QuarterTurns) => {
    const { rows, columns } = recogniser.manifest.input;
    return networks.infer(recogniser, turned(seenByRecogniser, rows, columns, turns), signal);
  };
  const colouring = await stopwatch.time('infer', () => networks.infer(model, seen, signal));
  if (needsLungs) {
    const look: Look = async (turns) =>
      turns === 0 && recogniser === model
        ? lungMapOf(recogniser, colouring)
        : lungMapOf(recogniser, await inferTurned(turns));
    const refusal = await stopwatch.time('recognise', () => recogniseChest(look));
    if (refusal) {
      picture.release();
      return { kind: 'skipped', ...refusal };
    }
  }

  const { title, version } = model.manifest;
  const drawing = pictures.draw(
    { image: picture.image, colouring, rendering, modelTitle: `${title}, ${version}` },
    signal,
  );
  // The rest of it is drawn while it is sent: whoever reads its parts hears of a fault.
  stopwatch.time('fuse', () => drawing.begin()).catch(() => undefined);
  return { kind: 'coloured', picture, model, colouring, drawing };
}

function givesLungs({ manifest: { outputs } }: InstalledModel): boolean {
  return outputs.kind === 'evidence' && outputs.lungs !== undefined;
}

/** The input of the model, and that of the recogniser where it is another. */
function gridsOf(model: InstalledModel, recogniser: InstalledModel): readonly Grid[] {
  const [grid, other] = [model.manifest.input, recogniser.manifest.input];
  return grid.rows === other.rows && grid.columns === other.columns ? [grid] : [grid, other];
}

/** @throws `MODEL_INVALID` */
export function lungMapOf({ manifest }: InstalledModel, colouring: Colouring): LungMap {
  if (colouring.kind === 'evidence' && colouring.lungs !== undefined) {
    return { ...colouring, lungs: colouring.lungs };
  }
  throw new ColouriseError('MODEL_INVALID', `${manifest.name} gave no lung mask`);
}
