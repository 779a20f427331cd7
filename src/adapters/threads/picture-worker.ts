/** Runs inside a worker thread: everything that touches pixels, or bytes that a stranger sent. */
import { decodeCodes } from '../../dicom/decode-frame.js';
import { isOwnOutput } from '../../dicom/own-output.js';
import type { DisplayProfile } from '../../domain/job.js';
import { areaMean, startAreaMean } from '../../imaging/area-mean.js';
import { drawBanner } from '../../imaging/banner.js';
import { drawContours } from '../../imaging/contours.js';
import { displayGrey } from '../../imaging/display.js';
import { type ChromaPages, chromaPages, fuseChroma } from '../../imaging/fuse-chroma.js';
import { fuseEvidence, type RowRange } from '../../imaging/fuse-evidence.js';
import { type PaletteTable, paletteTable } from '../../imaging/palette.js';
import { skipByAttributes, skipByContent } from '../../imaging/displayable.js';
import type { GreyImage } from '../../ports/colouring.js';
import type {
  DrawnPicture,
  DrawTask,
  Grid,
  Picture,
  PictureSkip,
  PreviewOptions,
  ReadOptions,
} from '../../ports/pictures.js';
import { placeFor } from '../shared-memory.js';
import { readArriving } from './read-arriving.js';
import { crossing, type Crossing } from './crossing.js';
import { warmUpFilm, warmUpTimes } from './warm-up.js';

export interface ReadTask extends ReadOptions {
  readonly part10: Uint8Array;
  /** As in `ArrivingFile`. */
  readonly arrived?: Int32Array;
  readonly maxPixels: number;
  /** Shared memory for the grey, which is taken if it is large enough. */
  readonly spare: Uint8Array;
}

/** A picture as it crosses threads. */
export type ReadPicture = Omit<Picture, 'release'>;

/** Part 10 bytes → displayed grey. */
export function read(task: ReadTask): Promise<Crossing<ReadPicture | PictureSkip>> {
  return crossing(async () => {
    const { instance, need } = readArriving(task.part10, task.arrived);
    if (isOwnOutput(instance.attributes)) {
      return { skip: 'OWN_OUTPUT' as const, reason: 'this is a colour image of our own' };
    }
    const unfit = skipByAttributes(instance.attributes);
    if (unfit) return { skip: unfit.code, reason: unfit.reason };
    const frame = await decodeCodes(instance, { maxPixels: task.maxPixels }, need);
    const means: ((rows: number) => Float32Array)[] = [];
    const { image, window, overlays } = displayGrey(frame, instance.attributes, {
      windowIndex: task.window - 1,
      memory: (bytes) => placeFor(bytes, task.spare),
      onRows: (shown, rows) => {
        if (means.length === 0) means.push(...meansOf(shown, task.thumbnails));
        for (const mean of means) mean(rows);
      },
    });
    const empty = skipByContent(image);
    if (empty) return { skip: empty.code, reason: empty.reason };
    return {
      attributes: instance.attributes,
      transferSyntaxUID: instance.transferSyntaxUID,
      lossy: frame.lossy,
      image,
      window,
      overlays,
      thumbnails: means.map((mean) => mean(image.Rows)),
    };
  });
}

/** Loaded for the first picture that somebody looks at: jobs need none of its 25 MB. */
const pngs = () => import('./preview.js');

function meansOf(image: GreyImage, grids: readonly Grid[]) {
  // On shared memory they cross to the main thread and on to a network's without a copy.
  return grids.map(({ rows, columns }) => {
    const memory = new SharedArrayBuffer(rows * columns * Float32Array.BYTES_PER_ELEMENT);
    return startAreaMean(image, rows, columns, new Float32Array(memory));
  });
}

export interface PreviewTask extends PreviewOptions {
  readonly part10: Uint8Array;
  readonly maxPixels: number;
}

/** Part 10 bytes → PNG. */
export function preview(task: PreviewTask): Promise<Crossing<Uint8Array>> {
  return crossing(async () => {
    const { previewPng } = await pngs();
    return previewPng(task.part10, task, task.maxPixels);
  });
}

export interface EncodeTask extends DrawnPicture {
  readonly width: number | undefined;
}

export function encode({ width, ...drawn }: EncodeTask): Promise<Crossing<Uint8Array>> {
  return crossing(async () => (await pngs()).drawnPng(drawn, width));
}

export { compress } from './pack-worker.js';

export interface ShrinkTask extends Grid {
  readonly image: GreyImage;
}

export function shrink({ image, rows, columns }: ShrinkTask): Promise<Crossing<Float32Array>> {
  return crossing(() => areaMean(image, rows, columns));
}

export interface DrawOnTask extends DrawTask {
  /** Receives its rows × Columns × RGB. */
  readonly rgb: Uint8Array;
  /** Which are drawn; all of them where something is laid over the picture. */
  readonly rows: RowRange;
}

/** Displayed grey + colouring → RGB on shared memory: 22 MB cross no thread by copy. */
export function draw(task: DrawOnTask): Promise<Crossing<void>> {
  return crossing(() => {
    const { image, colouring, rendering, modelTitle: title, rgb, rows } = task;
    const { Rows, Columns } = image;
    switch (colouring.kind) {
      case 'evidence': {
        const table = tableOf(rendering);
        const { banner, contours = [] } = rendering;
        fuseEvidence(image, colouring, table, rgb, rows);
        if (contours.length > 0) drawContours(rgb, Rows, Columns, colouring, contours);
        if (banner) drawBanner(rgb, Rows, Columns, { title, table, contours });
        break;
      }
      case 'ab':
        fuseChroma(image, colouring, rendering.strength, pages[rendering.display ?? 'srgb'], rgb);
        if (rendering.banner) drawBanner(rgb, Rows, Columns, { title });
        break;
      default:
        colouring satisfies never;
    }
  });
}

/** Makes now what the first picture in this thread would wait for. */
export async function warm(): Promise<Crossing<void>> {
  return crossing(async () => {
    const film = await warmUpFilm();
    const { grey, Rows } = film.image;
    const task = { ...film, rgb: new Uint8Array(3 * grey.length), rows: { first: 0, end: Rows } };
    for (let time = 0; time < warmUpTimes; time++) await draw(task);
  });
}

const pages: Readonly<Record<DisplayProfile, ChromaPages>> = {
  srgb: chromaPages('srgb'),
  gsdf: chromaPages('gsdf'),
};
const tables = new Map<string, PaletteTable>();
const tablesKept = 8;

/** Tables take a quarter of a second to make and 200 kB to keep; rules use a few. */
function tableOf({ palette, strength, display }: DrawTask['rendering']): PaletteTable {
  const key = `${palette} ${strength} ${display ?? ''}`;
  const known = tables.get(key);
  if (known) return known;
  if (tables.size >= tablesKept) tables.clear();
  const table = paletteTable(palette, strength, display);
  tables.set(key, table);
  return table;
}
