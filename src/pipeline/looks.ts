import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { asColouriseError, ColouriseError } from '../domain/errors.js';
import { turned } from '../imaging/turn.js';
import type { InstalledModel, Registry } from '../models/registry.js';
import type { ImageRow, LedgerReader } from '../ports/ledger.js';
import type { Looks, Sight } from '../ports/looks.js';
import type { Networks } from '../ports/networks.js';
import type { Pacs } from '../ports/pacs.js';
import type { Picture, Pictures } from '../ports/pictures.js';
import { lungMapOf } from './colour-picture.js';
import { recogniseChest } from './recognise.js';
import { SharedWork } from './shared-work.js';

export interface LookTools {
  readonly reader: Pick<LedgerReader, 'image'>;
  readonly pacs: Pick<Pacs, 'retrieve'>;
  readonly pictures: Pictures;
  readonly registry: Registry;
  /** Where a model runs: beside the jobs, unless it is loaded there already. */
  readonly networksOf: (model: InstalledModel) => Pick<Networks, 'infer'>;
}

/** Displayed pictures kept, in bytes: eight films of 2500 × 3000. */
const keptGreyBytes = 64 * 1024 * 1024;
/** Colourings kept; each is some ten kB. */
const keptSights = 200;
/** Drawn pictures kept, in bytes. */
const keptPngBytes = 64 * 1024 * 1024;
/** Pictures that are fetched, decoded or drawn at once: the jobs have the same threads. */
const atOnce = 2;

export function createLooks(tools: LookTools): Looks {
  const { reader, pictures, registry } = tools;
  const whenFree = pLimit(atOnce);
  const greys = new SharedWork(
    new LRUCache<string, Picture>({
      maxSize: keptGreyBytes,
      sizeCalculation: ({ image }) => image.grey.length,
    }),
  );
  const sights = new SharedWork(new LRUCache<string, Sight>({ max: keptSights }));
  const pngs = new SharedWork(
    new LRUCache<string, Uint8Array>({
      maxSize: keptPngBytes,
      sizeCalculation: ({ length }) => length,
    }),
  );
  let inHand = 0;

  /** The picture of a row that has one. */
  const seen = (row: Depicted, signal: AbortSignal) =>
    greys.get(pictureKey(row), signal, (ending) =>
      whenFree(() => fetchPicture(row, tools, ending)),
    );

  const sightOf = (row: Depicted, model: InstalledModel, signal: AbortSignal): Promise<Sight> =>
    sights.get(`${pictureKey(row)} ${nameOf(model)}`, signal, async (ending) => {
      const { image } = await seen(row, ending);
      const infer = async (by: InstalledModel, turns: 0 | 1 | 2 | 3 = 0) => {
        const { rows, columns } = by.manifest.input;
        const thumbnail = await pictures.shrink(image, by.manifest.input, ending);
        return tools.networksOf(by).infer(by, turned(thumbnail, rows, columns, turns), ending);
      };
      const begin = performance.now();
      const colouring = await infer(model);
      const inferMs = Math.round(performance.now() - begin);
      // What the pipeline coloured has passed the check.
      if (row.state === 'stored') return { model, colouring, inferMs };
      const recogniser = registry.recogniser();
      const refusal = await recogniseChest(async (turns) =>
        lungMapOf(recogniser, await infer(recogniser, turns)),
      );
      return { model, colouring, inferMs, ...(refusal ? { refusal } : {}) };
    });

  /** Counts what is in hand, so that the caller can refuse more. */
  const counted = async <T>(id: string, work: (row: Depicted) => Promise<T>) => {
    const row = depicted(reader.image(id));
    if (row === undefined) return undefined;
    inHand += 1;
    try {
      return await work(row);
    } finally {
      inHand -= 1;
    }
  };

  return {
    get inHand() {
      return inHand;
    },
    grey: (id, signal) => counted(id, (row) => seen(row, signal)),
    colouring: (id, model, signal) =>
      counted(id, (row) => sightOf(row, registry.get(model), signal)),
    png: (id, reference, rendering, width, signal) =>
      counted(id, (row) => {
        const model = registry.get(reference);
        const key = `${pictureKey(row)} ${nameOf(model)} ${width ?? ''} ${JSON.stringify(rendering)}`;
        return pngs.get(key, signal, async (ending) => {
          const [{ image }, { colouring }] = await Promise.all([
            seen(row, ending),
            sightOf(row, model, ending),
          ]);
          const { title, version } = model.manifest;
          const task = { image, colouring, rendering, modelTitle: `${title}, ${version}` };
          return whenFree(() => drawPng(task, width, pictures, ending));
        });
      }),
  };
}

type Depicted = Pick<ImageRow, 'state' | 'window'> & {
  readonly source: NonNullable<ImageRow['source']>;
};

function depicted(row: ImageRow | undefined): Depicted | undefined {
  return row?.source && { ...row, source: row.source };
}

function pictureKey({ source, window = 1 }: Depicted): string {
  return `${source.StudyInstanceUID} ${source.SOPInstanceUID} ${window}`;
}

function nameOf({ manifest: { name, version } }: InstalledModel): string {
  return `${name}@${version}`;
}

/** @throws `NOTHING_TO_SHOW`, the input codes */
async function fetchPicture(
  { source, window = 1 }: Depicted,
  { pacs, pictures }: Pick<LookTools, 'pacs' | 'pictures'>,
  signal: AbortSignal,
): Promise<Picture> {
  const part10 = await pacs.retrieve(source);
  signal.throwIfAborted();
  if (part10 === undefined) {
    throw new ColouriseError('NOTHING_TO_SHOW', 'the image was deleted from the archive');
  }
  const picture = await pictures.read(part10, { thumbnails: [], window }, signal);
  if ('skip' in picture) throw new ColouriseError('NOTHING_TO_SHOW', picture.reason);
  return picture;
}

async function drawPng(
  task: Parameters<Pictures['draw']>[0],
  width: number | undefined,
  pictures: Pictures,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const drawing = pictures.draw(task, signal);
  const rgb = await drawing.whole().catch((thrown: unknown) => {
    throw asColouriseError(thrown);
  });
  const { Rows, Columns } = task.image;
  const png = await pictures.encode({ rgb, Rows, Columns }, width, signal);
  drawing.release();
  return png;
}
