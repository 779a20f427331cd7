import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import sharp from 'sharp';
import { deriveDeviceUid } from '../../dicom/derived-uids.js';
import { preferredSeriesNumber } from '../../dicom/series-number.js';
import { type DicomDataset, numberOf, textOf } from '../../domain/dicom-json.js';
import { asColouriseError, ColouriseError, errorKinds } from '../../domain/errors.js';
import type {
  Compression,
  DisplayProfile,
  InstanceRef,
  PaletteName,
  Rendering,
} from '../../domain/job.js';
import { decide, type Rules } from '../../domain/rules/decide.js';
import { Tag } from '../../domain/tags.js';
import {
  colourPicture,
  type ColouredPicture,
  type ColourTools,
} from '../../pipeline/colour-picture.js';
import { compressPicture } from '../../pipeline/compress-picture.js';
import { deriveInstance } from '../../pipeline/derive-instance.js';
import { renderingOf } from '../../pipeline/rendering.js';
import { startStopwatch, type Stopwatch } from '../../pipeline/stopwatch.js';
import type { EncodedInstance } from '../../ports/pacs.js';
import type { Picture } from '../../ports/pictures.js';
import { softwareVersion } from '../../version.js';
import { type ExitCode, exitCodes } from '../output.js';

export interface ColouriseOptions {
  readonly input: string;
  readonly output?: string;
  readonly png?: string;
  readonly model: string;
  readonly palette?: PaletteName;
  readonly strength?: number;
  /** Displays on which luminance is kept; sRGB if left out. */
  readonly display?: DisplayProfile;
  /** Lines at these levels of evidence, or at the usual ones. */
  readonly contours?: true | readonly number[];
  /** Burns legend and banner into the lower edge. */
  readonly banner?: boolean;
  /** Packs the pixels without loss; not if left out. */
  readonly compression?: 'none' | Compression;
  /** Which of several windows or VOI LUTs, from 1. */
  readonly window?: number;
  /** Rules that may skip the picture; none by default: who names a file wants it coloured. */
  readonly rules?: Rules;
  /** By whose clock the rules speak; UTC if left out. */
  readonly timeZone?: string;
}

/** What `colourise --json` prints. */
export interface ColouriseResult {
  readonly outcome: 'written' | 'skipped' | 'failed';
  readonly code?: string;
  readonly reason?: string;
  readonly next?: string;
  readonly output?: string;
  readonly png?: string;
  readonly model?: string;
  readonly version?: string;
  readonly probability?: number;
  readonly timingsMs: Readonly<Record<string, number>>;
}

interface Finished {
  readonly result: ColouriseResult;
  readonly exitCode: ExitCode;
}

/** Colours one file without any server. Never throws. */
export async function colouriseFile(
  options: ColouriseOptions,
  tools: ColourTools,
): Promise<Finished> {
  const stopwatch = startStopwatch();
  try {
    return await colourise(options, tools, stopwatch);
  } catch (thrown) {
    const { code, message: reason } = asColouriseError(thrown);
    const { exit, next } = errorKinds[code];
    return {
      result: { outcome: 'failed', code, reason, next, timingsMs: stopwatch.timings() },
      exitCode: exit,
    };
  }
}

async function colourise(
  options: ColouriseOptions,
  tools: ColourTools,
  stopwatch: Stopwatch,
): Promise<Finished> {
  const { input, model, palette, strength, display, contours, banner, window } = options;
  const { rules, timeZone = 'UTC', compression } = options;
  const action = { model, palette, strength, display, contours, banner, window, compression };
  const rendering = renderingOf(action, tools.registry, model);
  const part10 = await stopwatch.time('fetch', () => readInput(input));
  const coloured = await colourPicture(part10, rendering, tools, stopwatch, {
    ...(rules ? { refuses: (attributes) => refusedBy(rules, attributes, timeZone) } : {}),
  });
  if (coloured.kind === 'skipped') {
    const { code, reason } = coloured;
    return {
      result: { outcome: 'skipped', code, reason, timingsMs: stopwatch.timings() },
      exitCode: exitCodes.skipped,
    };
  }
  const rgb = await coloured.drawing.whole();
  const ready = await compressPicture(coloured, rendering, tools.pictures, stopwatch);
  const instance = await stopwatch.time('encode', () => encode(ready, rendering, tools));
  const written = await stopwatch.time('write', () =>
    write(options, coloured.picture, rgb, instance),
  );
  const { colouring } = coloured;
  const probability = colouring.kind === 'evidence' ? colouring.probability : undefined;
  return {
    result: {
      outcome: 'written',
      ...written,
      model: rendering.model,
      version: rendering.modelVersion,
      ...(probability === undefined ? {} : { probability }),
      timingsMs: stopwatch.timings(),
    },
    exitCode: exitCodes.done,
  };
}

async function readInput(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new ColouriseError('USAGE', `cannot read ${file}`, { cause });
  });
}

function refusedBy(rules: Rules, attributes: DicomDataset, timeZone: string) {
  const decision = decide(rules, attributes, { now: new Date(), timeZone });
  if (decision.decision !== 'skip') return undefined;
  return { code: decision.code, reason: decision.reason };
}

/** Without an archive the file itself says who the patient is. */
function encode(
  coloured: ColouredPicture,
  rendering: Rendering,
  { networks }: ColourTools,
): EncodedInstance {
  const { attributes } = coloured.picture;
  return deriveInstance(
    coloured,
    refOf(attributes),
    rendering,
    attributes,
    preferredSeriesNumber(numberOf(attributes, Tag.SeriesNumber)),
    {
      softwareVersion,
      DeviceUID: deriveDeviceUid(hostname()),
      StationName: hostname(),
      provenance: networks.provenance,
    },
    new Date(),
  );
}

function refOf(attributes: DicomDataset): InstanceRef {
  const uid = (keyword: 'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID') => {
    const value = textOf(attributes, Tag[keyword]);
    if (value === undefined) throw new ColouriseError('MISSING_UID', `no ${keyword}`);
    return value;
  };
  return {
    StudyInstanceUID: uid('StudyInstanceUID'),
    SeriesInstanceUID: uid('SeriesInstanceUID'),
    SOPInstanceUID: uid('SOPInstanceUID'),
  };
}

async function write(
  { input, output, png }: ColouriseOptions,
  picture: Picture,
  rgb: Uint8Array,
  instance: EncodedInstance,
): Promise<{ readonly output?: string; readonly png?: string }> {
  const dicom = output ?? (png === undefined ? besideName(input) : undefined);
  if (dicom !== undefined) {
    await mkdir(dirname(dicom), { recursive: true });
    await pipeline(Readable.from(instance.parts()), createWriteStream(dicom));
  }
  if (png !== undefined) {
    const { Rows, Columns } = picture.image;
    await mkdir(dirname(png), { recursive: true });
    await sharp(rgb, { raw: { width: Columns, height: Rows, channels: 3 } })
      .png()
      .toFile(png);
  }
  return {
    ...(dicom === undefined ? {} : { output: dicom }),
    ...(png === undefined ? {} : { png }),
  };
}

/** `chest.dcm` → `chest-colour.dcm` in the current folder. */
function besideName(input: string): string {
  return join('.', `${basename(input, extname(input))}-colour.dcm`);
}
